/** Who may say what. The first byte of a message is enough to tell, so that nobody in between has to read the rest. */
import { numbers } from './messages.ts'

export interface Rights {
  /** Keys, pointer, pens, fingers, voice, and how many monitors there are, of which size. */
  input: boolean
  /** Copying in either direction. */
  clipboard: boolean
}

const { desktop, viewer } = numbers
const always: readonly number[] = [
  ...[viewer.hello, viewer.monitor, viewer.shown, viewer.refresh],
  ...[viewer.listen, viewer.heard],
]
const input: readonly number[] = [
  ...[viewer.key, viewer.pointer, viewer.wheel, viewer.release, viewer.size, viewer.voice],
  ...[viewer.pen, viewer.touch, viewer.relative],
]
const shown: readonly number[] = [
  ...[desktop.screen, desktop.video, desktop.tiles, desktop.echo, desktop.cursor, desktop.encoder],
  desktop.monitors,
  // Who sees what the programs show may hear what they play.
  ...[desktop.audio, desktop.sound, desktop.moment],
]

/** Whether a viewer may say this to the desktop. What is not known is not allowed. */
export const mayTell = (number: number | undefined, rights: Rights): boolean =>
  number !== undefined &&
  (always.includes(number) ||
    (rights.input && input.includes(number)) ||
    // Who may not type may not put anything on the desktop's clipboard either.
    (rights.input && rights.clipboard && number === viewer.clipboard) ||
    (rights.clipboard && number === viewer.taken))

/** Whether the desktop may say this to a viewer. */
export const mayHear = (number: number | undefined, rights: Rights): boolean =>
  number !== undefined && (shown.includes(number) || (rights.clipboard && number === desktop.clipboard))
