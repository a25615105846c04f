/** What the benchmark and its program on a desktop say to each other: words one way, lines of JSON the other. */

/** `desk`: the office, at rest. `rest`: whatever was shown, without a change. `claps`: now and then a flash, and a tone with it. */
export type Show = 'desk' | 'office' | 'video' | 'claps' | 'rest'

export type Told =
  /** First of all: which desktop this is. */
  | { name: string }
  /** It shows something else now. When it drew last before that, and how often since it was told to. */
  | { drawnAt: number; drawn: number }
  /** So many bytes follow, which are the screen: blue, green, red and an unused byte of every pixel. */
  | { bytes: number }
