/** The desktops that are held against each other, each with the program on it, and how it is looked at. */
import type { Program } from './control.ts'

export interface Desktop {
  name: string
  program: Program
  /** The port by which the browser gets everything. */
  port: number
  /** A page that shows it, for one opening. */
  open(): Promise<string>
  /** Throws when a page that was opened shows it in another way than it is measured for. */
  check?(): void
  /** What runs to show it, without the program. */
  pids(): number[]
  close(): Promise<void>
}
