/** The end of the way of sound, in the thread that feeds the speakers. */
import { createPlayout } from './playout.ts'

export type ToSpeaker =
  | { kind: 'play'; at: number; left: Float32Array; right: Float32Array }
  | { kind: 'finish' }
  | { kind: 'hold'; ms: number }

/** When what is heard now was made, on the desktop's clock, ms. */
export interface FromSpeaker {
  heardAt: number
  gaps: number
}

const tellEveryMs = 250

class Speaker extends AudioWorkletProcessor {
  readonly #playout = createPlayout(sampleRate)
  #untold = 0

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<ToSpeaker>) => {
      if (data.kind === 'play') this.#playout.push(data.at, data.left, data.right)
      else if (data.kind === 'hold') this.#playout.hold(data.ms)
      else this.#playout.finish()
    }
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    const [left, right] = output ?? []
    if (!left || !right) return true
    this.#playout.pull(left, right)
    this.#untold += left.length
    const heardAt = this.#playout.heardAt()
    if (heardAt !== undefined && this.#untold > (sampleRate * tellEveryMs) / 1000) {
      this.#untold = 0
      this.port.postMessage({ heardAt, gaps: this.#playout.gaps } satisfies FromSpeaker)
    }
    return true
  }
}

registerProcessor('speaker', Speaker)
