/**
 * The microphone of one viewer: played into a device of the sound server from which the workstation's programs record
 * (`src/compute/local/desktop/sound`). Its player runs while the microphone is on, and starts the sound server when it
 * does not run.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createLead } from './lead.ts'
import { bytesPerSample, createOpusDecoder, type OpusDecoder, sampleRate } from './opus.ts'

export interface Voice {
  /** A packet of the microphone; without data, it is off. Throws a `ProtocolError` for what is no packet. */
  take(data: Uint8Array): void
  close(): void
}

const player = 'pacat'
const playerArguments = [
  ...['--playback', '--device=voice', '--raw', '--format=s16le', `--rate=${sampleRate}`, '--channels=1'],
  ...['--latency-msec=40', '--stream-name=Microphone'],
]
/** So much may wait to be played, ms. What comes while more does is dropped. */
const waitingMs = 150

export const createVoice = (): Voice => {
  let playing: { child: ChildProcessWithoutNullStreams; decoder: OpusDecoder } | undefined
  let isBroken = false
  const lead = createLead(waitingMs)

  const begin = () => {
    const child = spawn(player, playerArguments)
    const broken = (why: string) => {
      if (playing?.child !== child) return
      isBroken = true
      console.error('a microphone is not played:', why)
      end()
    }
    child.on('error', error => broken(error.message))
    child.on('exit', code => broken(`${player} has ended with ${code}`))
    // When the player ends before it has everything, that is told by its end.
    child.stdin.on('error', () => {})
    child.stdout.resume()
    child.stderr.on('data', (text: Buffer) => console.error(text.toString().trimEnd()))
    playing = { child, decoder: createOpusDecoder(1) }
    return playing
  }
  const end = () => {
    const ended = playing
    playing = undefined
    ended?.decoder.close()
    ended?.child.kill()
  }

  return {
    take(data) {
      if (data.length === 0) {
        end()
        isBroken = false
        return
      }
      if (isBroken) return
      const { child, decoder } = playing ?? begin()
      const samples = decoder.decode(data)
      if (lead.takes((samples.length / bytesPerSample / sampleRate) * 1000)) child.stdin.write(samples)
    },
    close: end,
  }
}
