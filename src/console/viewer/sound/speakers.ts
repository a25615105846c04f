/** Opus in, sound out of this computer's speakers. */
import type { FromSpeaker, ToSpeaker } from './speaker-worklet.ts'
import workletAddress from './speaker-worklet.ts?worker&url'
import { createStep } from './step.ts'

const sampleRate = 48_000

/** After so long without sound the speakers rest, which costs a browser nothing, ms. */
const restAfterMs = 2000

export interface Speakers {
  /** Resolves when the browser lets this page make a sound; it does when called by somebody's touch. */
  wake(): Promise<void>
  play(at: number, data: Uint8Array): void
  /** Nothing more comes for now. */
  finish(): void
  /** A picture that was taken at this time of the desktop's clock is seen now. */
  seen(at: number): void
  /** How far the sound is behind the picture, ms; undefined while there is nothing to compare. */
  behindMs(): number | undefined
}

export const createSpeakers = async (): Promise<Speakers> => {
  const context = new AudioContext({ sampleRate, latencyHint: 'interactive' })
  await context.audioWorklet.addModule(workletAddress)
  const speaker = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [2] })
  speaker.connect(context.destination)
  const tell = (message: ToSpeaker, transfer: Transferable[] = []) => speaker.port.postMessage(message, transfer)
  const step = createStep()
  let hold = 0
  speaker.port.onmessage = ({ data: { heardAt } }: MessageEvent<FromSpeaker>) => {
    const wanted = step.heard(heardAt, performance.now() + context.outputLatency * 1000)
    if (wanted === hold) return
    hold = wanted
    tell({ kind: 'hold', ms: hold })
  }

  const play = (sound: AudioData) => {
    const { numberOfFrames: frames, numberOfChannels: channels, timestamp } = sound
    const plane = (planeIndex: number) => {
      const samples = new Float32Array(frames)
      sound.copyTo(samples, { planeIndex, format: 'f32-planar' })
      return samples
    }
    const left = plane(0)
    const right = channels > 1 ? plane(1) : left.slice()
    sound.close()
    tell({ kind: 'play', at: timestamp / 1000, left, right }, [left.buffer, right.buffer])
  }
  const createDecoder = () => {
    // After a packet that is none there is another one for those that follow.
    const decoder = new AudioDecoder({ output: play, error: () => {} })
    decoder.configure({ codec: 'opus', sampleRate, numberOfChannels: 2 })
    return decoder
  }
  let decoder = createDecoder()

  let resting: ReturnType<typeof setTimeout> | undefined
  const restSoon = () => {
    clearTimeout(resting)
    resting = setTimeout(() => void context.suspend(), restAfterMs)
  }

  return {
    async wake() {
      await context.resume()
      restSoon()
    },
    play(at, data) {
      clearTimeout(resting)
      if (context.state === 'suspended') void context.resume()
      if (decoder.state === 'closed') decoder = createDecoder()
      decoder.decode(
        new EncodedAudioChunk({ type: 'key', timestamp: at * 1000, data: data as Uint8Array<ArrayBuffer> }),
      )
    },
    finish() {
      // What is in the decoder comes before the end.
      decoder.flush().then(
        () => tell({ kind: 'finish' }),
        () => {},
      )
      restSoon()
      step.reset()
      hold = 0
      tell({ kind: 'hold', ms: 0 })
    },
    seen: at => step.seen(at, performance.now()),
    behindMs: () => step.behindMs(performance.now()),
  }
}
