/** Whether anything is to be heard. A program that holds its device open and plays nothing writes zeros, or nearly so. */
export interface Silence {
  readonly isSilent: boolean
  note(samples: Int16Array): void
  /** It is silent from now on, until something is heard. */
  begin(): void
}

/** Rounding gives the least bit to what is none. */
const loudest = 1

/** `frames` without a sound are a silence. */
export const createSilence = (frames: number): Silence => {
  let quiet = frames
  return {
    get isSilent() {
      return quiet >= frames
    },
    note(samples) {
      quiet = samples.some(sample => sample > loudest || sample < -loudest) ? 0 : quiet + 1
    },
    begin() {
      quiet = frames
    },
  }
}
