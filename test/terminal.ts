/** A terminal of a desktop, as the browser's keyboard reaches it. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { until } from './until.ts'

/** Where the host has a file of the desktop's home. */
type PathOf = (name: string) => string

const patienceMs = 30_000
const contentOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '')

export const enter = async (page: Page, line: string): Promise<void> => {
  await page.keyboard.type(line)
  await page.keyboard.press('Enter')
}

/** Opens a terminal and waits until it takes what is typed: its window is painted before that. */
export const openTerminal = async (page: Page, pathOf: PathOf): Promise<void> => {
  rmSync(pathOf('taken.txt'), { force: true })
  await page.locator('#screen canvas').click({ position: { x: 700, y: 600 } })
  await page.keyboard.press('Control+Alt+t')
  await until('the terminal takes what is typed', () => takes(page, pathOf, 'there'), patienceMs)
}

/** Whether the shell in the terminal carries out within half a second what is typed now. `text`: another each time. */
export const takes = async (page: Page, pathOf: PathOf, text: string): Promise<boolean> => {
  await enter(page, `echo ${text} > taken.txt`)
  await pause(500)
  return contentOf(pathOf('taken.txt')) === `${text}\n`
}

/** The line that a program in the terminal has read while these keys were pressed, and Return. `file`: a new one. */
export const lineOf = async (
  page: Page,
  pathOf: PathOf,
  file: string,
  pressKeys: () => Promise<unknown>,
): Promise<string> => {
  await enter(page, `cat > ${file}`)
  // Until then the shell has the terminal take keys one by one: Control+D would be a letter, not the end.
  await until(`${file} is there`, () => existsSync(pathOf(file)), patienceMs)
  await pressKeys()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+d')
  return until(`${file} has a line`, () => /^(.*)\n$/.exec(contentOf(pathOf(file)))?.[1], patienceMs)
}
