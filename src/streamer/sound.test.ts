import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../test/until.ts'
import { ProtocolError } from '../protocol/bytes.ts'
import { decodeDesktopMessage } from '../protocol/decode.ts'
import { headerBytes } from '../protocol/frames.ts'
import { type DesktopMessage, limits } from '../protocol/messages.ts'
import { createLead } from './lead.ts'
import { type Channels, createOpusDecoder, createOpusEncoder, frameSamples, sampleRate } from './opus.ts'
import { createSilence } from './silence.ts'
import { createSound, type Listener } from './sound.ts'

/** Packets of a tone in Opus and what comes out of them: samples of all channels side by side. */
const throughOpus = (channels: Channels, packets: number, hertz: (channel: number) => number): Int16Array => {
  const encoder = createOpusEncoder(channels)
  const decoder = createOpusDecoder(channels)
  const out: Buffer[] = []
  for (let packet = 0; packet < packets; packet++) {
    const samples = Int16Array.from({ length: frameSamples * channels }, (_, index) => {
      const at = packet * frameSamples + Math.floor(index / channels)
      return Math.round(8000 * Math.sin((2 * Math.PI * hertz(index % channels) * at) / sampleRate))
    })
    const data = encoder.encode(new Uint8Array(samples.buffer))
    assert.ok(data.length <= limits.opusBytes, `a packet of ${data.length} bytes`)
    out.push(decoder.decode(data))
  }
  encoder.close()
  decoder.close()
  const bytes = Buffer.concat(out)
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
}

const hertzOf = (samples: Int16Array, channel: number, channels: number): number => {
  let rising = 0
  let isBelow = false
  for (let at = channel; at < samples.length; at += channels) {
    const sample = samples[at] ?? 0
    if (isBelow && sample > 2000) rising++
    if (Math.abs(sample) > 2000) isBelow = sample < 0
  }
  return (rising * sampleRate) / (samples.length / channels)
}

describe('sound in Opus', () => {
  it('keeps left and right apart', () => {
    const samples = throughOpus(2, 50, channel => [440, 1000][channel] ?? 0)
    assert.equal(samples.length, 50 * frameSamples * 2)
    for (const [channel, hertz] of [440, 1000].entries())
      assert.ok(Math.abs(hertzOf(samples, channel, 2) - hertz) < 5, `${hertzOf(samples, channel, 2)} Hz`)
  })

  it('may be of one channel', () => {
    const hertz = hertzOf(
      throughOpus(1, 50, () => 700),
      0,
      1,
    )
    assert.ok(Math.abs(hertz - 700) < 5, `${hertz} Hz`)
  })

  it('that is none is refused, and what follows is not harmed', () => {
    const decoder = createOpusDecoder(1)
    // Two frames of the same length cannot be in one byte (RFC 6716, 3.2.3).
    assert.throws(() => decoder.decode(new Uint8Array([0x79, 1])), ProtocolError)
    const encoder = createOpusEncoder(1)
    const data = encoder.encode(new Uint8Array(frameSamples * 2))
    assert.equal(decoder.decode(data).length, frameSamples * 2)
    encoder.close()
    decoder.close()
  })
})

describe('silence', () => {
  it('begins after so much of it, and ends with the first sound', () => {
    const silence = createSilence(3)
    const heard = (loudness: number) => {
      silence.note(new Int16Array(8).fill(loudness, 7))
      return !silence.isSilent
    }
    assert.equal(silence.isSilent, true)
    assert.deepEqual([0, -1, 2, 1, 0, -1, 0, -2].map(heard), [false, false, true, true, true, false, false, true])
    silence.begin()
    assert.equal(silence.isSilent, true)
  })
})

describe('a voice that comes faster than it is played', () => {
  it('is never further behind than it may be, and loses nothing else', () => {
    let now = 0
    const lead = createLead(150, () => now)
    let played = 0
    // A second in which nothing arrived, then all of it at once, then as it is spoken.
    for (let packet = 0; packet < 50; packet++) if (lead.takes(20)) played++
    assert.equal(played, 7)
    for (let packet = 0; packet < 100; packet++) {
      now += 20
      assert.equal(lead.takes(20), true)
    }
  })
})

describe('the sound of a workstation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-sound-'))
  const pipe = join(folder, 'speakers')
  let server: number
  before(() => {
    execFileSync('mkfifo', [pipe])
    // As the sound server does: it never waits for who reads.
    server = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
  })
  after(() => {
    closeSync(server)
    rmSync(folder, { recursive: true })
  })

  const frameBytes = frameSamples * 4
  const loud = Buffer.alloc(frameBytes, 0x11)
  const play = (frame: Buffer, frames: number) => {
    for (let count = 0; count < frames; count++) writeSync(server, frame)
  }
  const createListener = () => {
    const heard: DesktopMessage[] = []
    const listener: Listener = { send: framed => heard.push(decodeDesktopMessage(framed.subarray(headerBytes))) }
    const packets = () => heard.filter(message => message.kind === 'audio')
    return { ...listener, heard, packets }
  }

  it('is sent to who listens, from then on, and its silence is told once', async () => {
    const sound = createSound(pipe)
    assert.deepEqual(sound.greeting, { kind: 'sound', state: 'silent' })
    play(loud, 5)
    const listener = createListener()
    sound.listen(listener, true)
    await pause(100)
    assert.deepEqual(listener.heard, [], 'what was played before is not heard')
    play(loud, 3)
    await until('it is heard', () => listener.packets().length === 3)
    assert.equal(sound.isHeardBy(listener), true)
    await until('it is silent', () => listener.heard.at(-1)?.kind === 'sound')
    play(Buffer.alloc(frameBytes), 5)
    await pause(100)
    assert.equal(listener.heard.length, 4, 'nothing is sent of silence')
    assert.equal(sound.isHeardBy(listener), false)
    play(loud, 1)
    await until('it is heard again', () => listener.packets().length === 4)
    sound.close()
  })

  it('is not sent any more to who does not tell that it arrives, and goes on when it does', async () => {
    const sound = createSound(pipe)
    const [slow, fast] = [createListener(), createListener()]
    sound.listen(slow, true)
    sound.listen(fast, true)
    for (let turn = 0; turn < 12; turn++) {
      play(loud, 5)
      await until('it is heard', () => fast.packets().length === (turn + 1) * 5)
      sound.heard(fast, fast.packets().at(-1)?.at ?? 0)
    }
    assert.equal(slow.packets().length, 30)
    sound.heard(slow, slow.packets().at(-1)?.at ?? 0)
    play(loud, 1)
    await until('it is heard again', () => slow.packets().length === 31)
    sound.close()
  })

  it('is not there without a sound server, which is told', () => {
    const sound = createSound(join(folder, 'nothing'))
    assert.deepEqual(sound.greeting, { kind: 'sound', state: 'absent' })
    sound.listen(createListener(), true)
    sound.close()
  })
})
