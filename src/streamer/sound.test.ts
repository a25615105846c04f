import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ProtocolError } from '../protocol/bytes.ts'
import { limits } from '../protocol/messages.ts'
import { createLead } from './lead.ts'
import { type Channels, createOpusDecoder, createOpusEncoder, frameSamples, sampleRate } from './opus.ts'
import { createSilence } from './silence.ts'

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
