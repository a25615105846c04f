/**
 * What the workstation's programs play, for the viewers that listen. The sound server writes it into a pipe while
 * anything plays (`src/compute/local/desktop/sound`); nothing is read while nobody listens, and nothing is sent while it
 * is silent. A viewer whose link is full misses what was played meanwhile: sound of the past is never caught up with.
 */
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs'
import { Socket } from 'node:net'
import { encodeDesktopMessage } from '../protocol/encode.ts'
import { frame, headerBytes } from '../protocol/frames.ts'
import type { DesktopMessage } from '../protocol/messages.ts'
import { bytesPerSample, createOpusEncoder, frameMs, frameSamples, type OpusEncoder, sampleRate } from './opus.ts'
import { createSilence } from './silence.ts'

/** A viewer, as far as sound goes. */
export interface Listener {
  send(framed: Uint8Array): void
}

export interface Sound {
  /** What a viewer is told at first. */
  readonly greeting: DesktopMessage
  listen(listener: Listener, isOn: boolean): void
  /** The listener has what was played up to this time. */
  heard(listener: Listener, at: number): void
  /** Whether sound is under way to this viewer. */
  isHeardBy(listener: Listener): boolean
  close(): void
}

const channels = 2
const frameBytes = frameSamples * channels * bytesPerSample
const bytesPerMs = (sampleRate / 1000) * channels * bytesPerSample
/** So much sound may be under way to a viewer, ms. */
const underWayMs = 600
/** After so long without a sound it is silent, ms. */
const quietMs = 200

/** `pipe` is what the sound server writes into; where there is none, there is no sound server. */
export const createSound = (pipe: string, now: () => number = () => performance.now()): Sound => {
  /** By listener, when the packets that are under way to it were made. */
  const listeners = new Map<Listener, number[]>()
  const silence = createSilence(quietMs / frameMs)
  let source: Socket | undefined
  let encoder: OpusEncoder | undefined
  let quiet: NodeJS.Timeout | undefined
  const block = new Uint8Array(frameBytes)
  let filled = 0

  const tell = (listener: Listener, message: DesktopMessage) =>
    listener.send(frame(encodeDesktopMessage(message, headerBytes)))

  const take = (chunk: Buffer) => {
    const end = now()
    clearTimeout(quiet)
    quiet = setTimeout(rest, quietMs)
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + frameBytes - filled)
      block.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled === frameBytes) play(end - (chunk.length - at + frameBytes) / bytesPerMs)
    }
  }

  const play = (madeAt: number) => {
    filled = 0
    const wasSilent = silence.isSilent
    silence.note(new Int16Array(block.buffer))
    if (silence.isSilent) {
      if (!wasSilent) tellSilent()
      return
    }
    const at = Math.max(0, Math.round(madeAt)) >>> 0
    const data = encoder?.encode(block)
    if (!data) return
    const framed = frame(encodeDesktopMessage({ kind: 'audio', at, data }, headerBytes))
    for (const [listener, underWay] of listeners) {
      if (underWay.length >= underWayMs / frameMs) continue
      underWay.push(at)
      listener.send(framed)
    }
  }

  const tellSilent = () => {
    for (const listener of listeners.keys()) tell(listener, { kind: 'sound', state: 'silent' })
  }

  /** Nothing plays any more: what was left of a block is its end. */
  const rest = () => {
    if (filled > 0) {
      block.fill(0, filled)
      play(now() - quietMs - filled / bytesPerMs)
    }
    if (silence.isSilent) return
    silence.begin()
    tellSilent()
  }

  const begin = () => {
    encoder = createOpusEncoder(channels)
    // For writing, too, so that it has no end when the sound server has one.
    const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
    drain(descriptor)
    source = new Socket({ fd: descriptor, readable: true, writable: false })
    source.on('data', take)
    source.on('error', error => console.error('the pipe of the sound server failed:', error.message))
  }
  const end = () => {
    source?.destroy()
    source = undefined
    clearTimeout(quiet)
    encoder?.close()
    encoder = undefined
    silence.begin()
    filled = 0
  }

  return {
    get greeting(): DesktopMessage {
      return { kind: 'sound', state: existsSync(pipe) ? 'silent' : 'absent' }
    },
    listen(listener, isOn) {
      if (isOn === listeners.has(listener) || !existsSync(pipe)) return
      if (isOn) listeners.set(listener, [])
      else listeners.delete(listener)
      if (listeners.size > 0 && !source) begin()
      if (listeners.size === 0) end()
    },
    heard(listener, at) {
      const underWay = listeners.get(listener)
      underWay?.splice(0, underWay.lastIndexOf(at) + 1)
    },
    isHeardBy: listener => !silence.isSilent && listeners.has(listener),
    close: end,
  }
}

/** What was played while nobody listened is still in the pipe. */
const drain = (descriptor: number): void => {
  const old = Buffer.alloc(65_536)
  try {
    while (readSync(descriptor, old) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return
    closeSync(descriptor)
    throw error
  }
}
