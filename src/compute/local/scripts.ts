/**
 * The initialization scripts of a machine, as files that its sandbox sees and runs: `environment`, which every program
 * of the desktop has, and `00000`, `00001`, …, each of which becomes its script. Contents and parameters are secret, so
 * they are in files of the machine's own user, never on a command line, and gone when the machine has started.
 */
import { chown, mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError, type MachineSetup, type Script } from '../driver.ts'
import type { ScriptFailure } from './launch.ts'
import { ownVariables } from './sandbox.ts'

/** Makes the folder that the sandbox is to see as `/run/setup`. */
export const writeScripts = async (
  folder: string,
  scripts: readonly Script[],
  { environment, umask, owner }: Pick<MachineSetup, 'environment'> & { umask?: string; owner: number | undefined },
): Promise<void> => {
  const put = async (name: string, text: string) => {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o400 })
    if (owner !== undefined) await chown(path, owner, owner)
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await put('environment', lines([...(umask ? [`umask ${umask}`] : []), ...exporting(environment, ownVariables)]))
  for (const [index, script] of scripts.entries()) {
    const name = String(index).padStart(5, '0')
    const program = [...interpreterOf(script.text), `/run/setup/script-${name}`]
    await put(`script-${name}`, script.text)
    await put(
      name,
      lines([
        '. /run/setup/environment',
        ...exporting(script.environment),
        `printf '%s\\n' ${quoted(`${heading}${script.title}`)}`,
        `exec ${program.map(quoted).join(' ')}`,
      ]),
    )
  }
  if (owner !== undefined) await chown(folder, owner, owner)
}

const lines = (each: readonly string[]) => each.map(line => `${line}\n`).join('')

const heading = '=== '

/** As the kernel reads a first line that begins with `#!`: an interpreter, and the rest of the line as one argument. */
const interpreterOf = (text: string): string[] => {
  const [, interpreter, argument] = /^#![ \t]*(\S+)[ \t]*(.*?)\s*(?:\n|$)/.exec(text) ?? []
  return interpreter === undefined ? ['/bin/sh'] : argument ? [interpreter, argument] : [interpreter]
}

const exporting = (variables: Readonly<Record<string, string>>, except: readonly string[] = []): string[] =>
  Object.entries(variables)
    .filter(([name]) => nameForm.test(name) && !ofShells.test(name) && !except.includes(name))
    .map(([name, value]) => `export ${name}=${quoted(value)}`)

const nameForm = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Variables by which a shell works: to set them would end it, or change what the lines after mean. */
const ofShells = /^(BASH\w*|DIRSTACK|ENV|EUID|FUNCNAME|GROUPS|IFS|OPT\w+|PIPESTATUS|PPID|PS\d|SHELLOPTS|UID|_)$/

/** A word of a shell that means just itself. */
const quoted = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`

/** What the scripts have printed: the end of it, as plain text. */
export const recordedOutput = async (path: string): Promise<string> => {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - mostBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, start)
    return plainText(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}

const mostBytes = 64 * 1024

/** Without what a terminal, a log or a browser would take for more than text. */
export const plainText = (text: string): string =>
  text
    .replace(escapes, '')
    .split('\n')
    // What a progress bar has painted over was seen by nobody.
    .map(line => line.trimEnd())
    .map(line => line.slice(line.lastIndexOf('\r') + 1).replace(invisible, ''))
    .join('\n')

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g
/** Control characters, and those that turn the direction of text around. */
const invisible = /[^\P{C}\t]|[\u2028\u2029]/gu

/** What a person is told of a script that failed; the message itself holds neither names nor output. */
export const scriptError = (
  failure: ScriptFailure,
  { title, component, runs, text }: Script,
  output: string,
): DriverError => {
  const what = outcomeOf(failure, text)
  const said = lastLines(output)
  return new DriverError('INITIALIZATION_SCRIPT_ERROR', `a ${runs} script of the component ${component} ${what}`, {
    told: `${plainText(title)} ${what}. ${said.length > 0 ? `It printed last:\n${said.join('\n')}` : 'It printed nothing.'}`,
  })
}

const outcomeOf = ({ how }: ScriptFailure, text: string): string => {
  if (how === 'ended') return 'was ended before it was done; it may have used up the memory of the workstation'
  if ('lateAfterMs' in how)
    return `did not end within ${Math.round(how.lateAfterMs / 1000)} s, and was ended with all that it had started`
  const { exitCode } = how
  if (exitCode !== 126 && exitCode !== 127) return `ended with exit code ${exitCode}`
  return `ended with exit code ${exitCode}: a program that it calls, or its interpreter ${interpreterOf(text)[0]}, cannot be run`
}

/** Of the script that ran last. */
const lastLines = (output: string): string[] => {
  const all = output.split('\n')
  return all
    .slice(all.findLastIndex(line => line.startsWith(heading)) + 1)
    .map(line => line.trim())
    .filter(line => line !== '' && !/^\(exit code \d+\)$/.test(line))
    .slice(-mostLines)
    .map(line => (line.length > mostCharacters ? `${line.slice(0, mostCharacters)}…` : line))
}

const mostLines = 5
const mostCharacters = 200
