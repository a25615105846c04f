/** Tones to be played, and what is found of them where they arrive. */
import type { Page } from 'playwright-core'

export const sampleRate = 48_000

/** A WAV file of 16 bits in which each channel has a tone of so many hertz. */
export const wavOf = (channels: readonly number[], seconds: number): Buffer => {
  const samples = Math.round(seconds * sampleRate)
  const data = Buffer.alloc(samples * channels.length * 2)
  for (let at = 0; at < samples; at++)
    for (const [channel, hertz] of channels.entries()) {
      const sample = Math.round(10_000 * Math.sin((2 * Math.PI * hertz * at) / sampleRate))
      data.writeInt16LE(sample, (at * channels.length + channel) * 2)
    }
  const header = Buffer.alloc(44)
  header.write('RIFF')
  header.writeUInt32LE(36 + data.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels.length, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate * channels.length * 2, 28)
  header.writeUInt16LE(channels.length * 2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(data.length, 40)
  return Buffer.concat([header, data])
}

/** Of samples of one channel, the loudest tone between 100 Hz and 2 kHz, and how much of all there is it is, up to 1. */
export const loudestTone = (samples: Int16Array): { hertz: number; share: number } => {
  let found = { hertz: 0, power: 0 }
  for (let hertz = 100; hertz <= 2000; hertz += 2) {
    const turn = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate)
    let [last, before] = [0, 0]
    for (const sample of samples) [last, before] = [sample + turn * last - before, last]
    const power = last * last + before * before - turn * last * before
    if (power > found.power) found = { hertz, power }
  }
  const all = samples.reduce((sum, sample) => sum + sample * sample, 0)
  return { hertz: found.hertz, share: all === 0 ? 0 : (2 * found.power) / (all * samples.length) }
}

/** To be run in a page before its own scripts: it listens to what the page gives to the speakers. */
export const tapSpeakers = `
  window.packetsOfSound = 0
  window.taps = []
  const connect = AudioNode.prototype.connect
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) {
      const splitter = new ChannelSplitterNode(this.context, { numberOfOutputs: 2 })
      connect.call(this, splitter)
      window.taps = [0, 1].map(channel => {
        const tap = new AnalyserNode(this.context, { fftSize: 32768, smoothingTimeConstant: 0 })
        connect.call(splitter, tap, channel)
        return tap
      })
    }
    return connect.call(this, to, ...more)
  }`

/** The loudest tone that the page gives to each speaker now, left and right. */
export const heardIn = (page: Page) =>
  page.evaluate(`window.taps.map(tap => {
    const bins = new Float32Array(tap.frequencyBinCount)
    tap.getFloatFrequencyData(bins)
    const loudest = bins.indexOf(Math.max(...bins))
    return { hertz: (loudest * tap.context.sampleRate) / tap.fftSize, decibels: bins[loudest] }
  })`) as Promise<{ hertz: number; decibels: number }[]>
