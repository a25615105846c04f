import { execFile, execFileSync } from 'node:child_process'
import { ownEnvironment, type RunningServer } from '../server.ts'

/** The environment of a shell after `eval "$(npx atelier env)"`. */
export const environmentOf = ({ home }: RunningServer): Record<string, string> => {
  const atelier = new URL('../../bin/atelier.js', import.meta.url).pathname
  const shell = ['-c', 'eval "$("$0" "$1" env)" && env -0', process.execPath, atelier]
  const own = { ...ownEnvironment(), ATELIER_HOME: home, HOME: home }
  const variables = execFileSync('/bin/sh', shell, { env: own, encoding: 'utf8' }).split('\0').filter(Boolean)
  return Object.fromEntries(variables.map(pair => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]))
}

const programLimitMs = 120_000

/** What a program beside this file says, as JSON, when it is given something as JSON on standard input. */
export const runProgram = <Said>(env: Record<string, string>, script: string, given: unknown): Promise<Said> => {
  const path = new URL(script, import.meta.url).pathname
  const program = script.endsWith('.py') ? '/usr/bin/python3' : process.execPath
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [path],
      { env, timeout: programLimitMs, maxBuffer: 64 * 2 ** 20 },
      (error, output, complaint) =>
        error ? reject(new Error(`${script} failed: ${complaint}`, { cause: error })) : resolve(JSON.parse(output)),
    )
    child.stdin?.end(JSON.stringify(given))
  })
}
