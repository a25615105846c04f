import type { Call } from '../access/call.ts'
import { conflict, notFound } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import { defaultOf } from '../contract/model.ts'
import type { CreateStreamingSessionStreamRequest, StreamingSessionStream } from '../contract/types.ts'
import { closeViews, insertStream, type StreamRow, streamById } from '../store/streams.ts'
import { existing, living } from './existing.ts'
import type { Handler } from './handler.ts'

export const createStreamingSessionStream: Handler<'CreateStreamingSessionStream'> = async (call, input) => ({
  stream: await newStream(call, input, { viewOnly: 0 }),
})

export const createStreamingSessionView: Handler<'CreateStreamingSessionView'> = async (call, input) => ({
  stream: await newStream(call, input, { viewOnly: 1 }),
})

/** Who watches is cut off; who works is not. */
export const deleteStreamingSessionViews: Handler<'DeleteStreamingSessionViews'> = async (call, input) => {
  const session = await existing(call, 'session', input.studioId, input.sessionId)
  await closeViews(call.db, session.id)
  return {}
}

/** Nothing has to be made for a stream, so it is READY as soon as it exists. */
const newStream = async (
  call: Call,
  input: CreateStreamingSessionStreamRequest,
  { viewOnly }: Pick<StreamRow, 'viewOnly'>,
): Promise<StreamingSessionStream> => {
  const session = await living(call, 'session', input.studioId, input.sessionId)
  if (session.state !== 'READY')
    throw conflict('INVALID_STATE', `A session that is ${session.state} takes no streams: it must be READY.`, {
      resourceId: session.id,
    })
  const seconds =
    input.expirationInSeconds ?? defaultOf('CreateStreamingSessionStreamRequest', 'expirationInSeconds') ?? 0
  const stream = await insertStream(call.db, {
    id: newId(call.now),
    studioId: session.studioId,
    sessionId: session.id,
    state: 'READY',
    createdAt: call.now,
    createdBy: call.caller.principalId,
    ownedBy: session.ownedBy,
    expiresAt: call.now + seconds * 1000,
    viewOnly,
    keyHash: null,
  })
  return shown(call, stream)
}

export const getStreamingSessionStream: Handler<'GetStreamingSessionStream'> = async (call, input) => {
  const session = await existing(call, 'session', input.studioId, input.sessionId)
  const stream = await streamById(call.db, input.streamId)
  if (!stream || stream.sessionId !== session.id) throw notFound('stream', input.streamId)
  return { stream: shown(call, stream) }
}

/**
 * The address carries its secret behind `#`, which no browser sends and so no log holds. The secret is derived, not
 * stored: it is worth nothing once the stream has been opened or has expired (decision 20).
 */
const shown = ({ installation, now }: Call, stream: StreamRow): StreamingSessionStream => {
  const ready = stream.state === 'READY' && stream.expiresAt > now
  return {
    streamId: stream.id,
    state: ready ? 'READY' : 'DELETED',
    statusCode: ready ? 'STREAM_READY' : 'STREAM_DELETED',
    createdAt: new Date(stream.createdAt),
    createdBy: stream.createdBy,
    ownedBy: stream.ownedBy,
    expiresAt: new Date(stream.expiresAt),
    url: ready
      ? `${installation.publicUrl}/view/${stream.id}#${installation.secrets.mac('stream', stream.id)}`
      : undefined,
  }
}
