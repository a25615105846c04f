/**
 * Run every minute: stops READY sessions that nobody is coming to. The API tells of a stream only to who knows its id,
 * so whatever asks for a stream notes the id as a tag of the session. A stream that is no longer READY before its time
 * is over has been opened; once its time is over without that, nobody came.
 */
import { json } from 'node:stream/consumers'
import { Nimble, paginateListStreamingSessions, waitUntilStreamingSessionStopped } from '@aws-sdk/client-nimble'

const { studioId } = await json(process.stdin)
const nimble = new Nimble({})

const streamOf = async ({ sessionId, tags: { stream: streamId } = {} }) => {
  if (!streamId) return 'none'
  try {
    const { stream } = await nimble.getStreamingSessionStream({ studioId, sessionId, streamId })
    if (stream.state === 'READY') return 'waiting'
    return stream.expiresAt > new Date() ? 'opened' : 'expired'
  } catch (error) {
    if (error.name === 'ResourceNotFoundException') return 'expired'
    throw error
  }
}

const said = {}
const stopping = []
for await (const { sessions } of paginateListStreamingSessions({ client: nimble }, { studioId }))
  for (const session of sessions.filter(({ state }) => state === 'READY')) {
    const { sessionId, arn: resourceArn, tags } = session
    const stream = tags?.opened ? 'opened' : await streamOf(session)
    said[sessionId] = stream
    if (stream === 'opened') await nimble.tagResource({ resourceArn, tags: { opened: 'yes' } })
    else if (stream !== 'waiting') {
      await nimble.stopStreamingSession({ studioId, sessionId })
      stopping.push({ studioId, sessionId })
    }
  }
const waiting = { client: nimble, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
await Promise.all(stopping.map(one => waitUntilStreamingSessionStopped(waiting, one)))
process.stdout.write(JSON.stringify(said))
