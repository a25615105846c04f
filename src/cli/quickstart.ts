/**
 * `quickstart.env`: what boto3, the AWS CLI and the SDKs need to find this server, as lines that a shell can read.
 * The server writes it when it is ready; `atelier env` prints it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Exports = Record<string, string>

export const quickstartFile = (home: string) => join(home, 'quickstart.env')

/** Mode 0600, for it holds a secret key; moved into place, so that nobody ever reads half of it. */
export const writeQuickstart = (home: string, exports: Exports) => {
  const file = quickstartFile(home)
  const writing = `${file}.writing`
  rmSync(writing, { force: true })
  writeFileSync(writing, formatExports(exports), { mode: 0o600, flag: 'wx' })
  renameSync(writing, file)
}

/** Undefined when no server has been ready yet. Anything but exports is refused: a shell will run what we print. */
export const readQuickstart = (home: string): Exports | undefined => {
  try {
    return parseExports(readFileSync(quickstartFile(home), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export const formatExports = (exports: Exports) =>
  Object.entries(exports)
    .map(([name, value]) => {
      if (!/^[A-Z][A-Z0-9_]*$/.test(name) || /[\0\n]/.test(value)) throw new Error(`${name} cannot be exported`)
      return `export ${name}='${value.replaceAll("'", "'\\''")}'\n`
    })
    .join('')

export const parseExports = (text: string): Exports =>
  Object.fromEntries(
    text
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const [, name, value] = /^export ([A-Z][A-Z0-9_]*)='((?:[^']|'\\'')*)'$/.exec(line) ?? []
        if (!name || value === undefined) throw new Error('a line of it is no export')
        return [name, value.replaceAll("'\\''", "'")]
      }),
  )
