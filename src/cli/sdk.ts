/**
 * `atelier sdk install`: the model of the API, which the AWS SDKs of today no longer ship, goes to where boto3 and the
 * AWS CLI look for it. A list of what was put there lies beside it, so that only our own files are ever replaced.
 */
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseFlags } from './arguments.ts'
import { quickstartFile, readQuickstart } from './quickstart.ts'
import { CommandError, exitCodes, misused, type Terminal } from './terminal.ts'

const flags = {
  '--aws-folder': { takes: 'one', summary: 'instead of ~/.aws' },
  '--from': { takes: 'one', summary: 'the address of a server, on a workstation that has none itself' },
} as const

const usage = 'usage: atelier sdk install [--aws-folder FOLDER] [--from URL]'

/** By path below `models`, such as `nimble/2020-08-01/service-2.json`. */
type Files = ReadonlyMap<string, string>

export const runSdk = async ([verb, ...argv]: readonly string[], terminal: Terminal): Promise<void> => {
  if (verb === undefined || verb === 'help') return terminal.print(usage)
  if (verb !== 'install') throw misused(usage)
  const given = parseFlags(argv, flags, 'sdk install')
  const folder = given.get('--aws-folder')?.[0] ?? join(terminal.env.HOME || homedir(), '.aws')
  const from = given.get('--from')?.[0]
  const files = from === undefined ? filesHere(terminal) : await filesFrom(from)
  const models = join(resolve(folder), 'models')
  const written = install(models, files)
  for (const path of files.keys())
    terminal.print(`${written.has(path) ? 'installed' : 'unchanged'}  ${join(models, path)}`)
  terminal.complain(nextSteps(given.has('--aws-folder') ? models : undefined))
}

/** What the server on this machine has written. */
const filesHere = ({ home }: Terminal): Files => {
  const folder = readQuickstart(home())?.AWS_DATA_PATH
  if (folder === undefined)
    throw new CommandError(
      exitCodes.setup,
      `there is no ${quickstartFile(home())}: run npm start on this machine, or name another server with --from URL`,
    )
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index
  return new Map(pathsOf(index).map(path => [path, readFileSync(join(folder, path), 'utf8')]))
}

interface Index {
  files?: unknown
}

const limitMs = 30_000
const mostBytes = 4 * 2 ** 20

const filesFrom = async (url: string): Promise<Files> => {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw misused('--from must be an address such as https://studio.example.com')
  const base = new URL('/model/', url)
  const index = JSON.parse(await download(base)) as Index
  const files = new Map<string, string>()
  for (const path of pathsOf(index)) files.set(path, await download(new URL(path, base)))
  return files
}

const download = async (url: URL): Promise<string> => {
  const failed = (reason: string, cause?: unknown) =>
    new CommandError(exitCodes.failed, `${url} cannot be read: ${reason}`, { cause })
  let response: Response
  let text: string
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(limitMs), redirect: 'error' })
    if (Number(response.headers.get('content-length')) > mostBytes) throw new Error('it is too large')
    text = await response.text()
  } catch (error) {
    throw failed((error as Error).message, error)
  }
  if (!response.ok) throw failed(`status ${response.status}`)
  if (text.length > mostBytes) throw failed('it is too large')
  try {
    JSON.parse(text)
  } catch (error) {
    throw failed('it is no JSON', error)
  }
  return text
}

/** Paths of another's server become names of files here: only those of this form. */
const pathForm = /^(?:nimble|atelier)\/\d{4}-\d{2}-\d{2}\/[a-z]+(?:-[a-z]+)*-[0-9]\.json$/

const pathsOf = ({ files }: Index): string[] => {
  if (
    !Array.isArray(files) ||
    !files.every(path => typeof path === 'string' && pathForm.test(path)) ||
    files.length > 50
  )
    throw new CommandError(exitCodes.failed, 'the list of the model has another form: is this a server of Atelier?')
  return files
}

const listFile = '.atelier.json'

/** Writes what differs, and returns the paths of it. Nothing is written where one file is somebody else's. */
const install = (models: string, files: Files): ReadonlySet<string> => {
  const ours = readList(models)
  const changed = [...files].filter(([path, text]) => readIfThere(join(models, path)) !== text)
  const foreign = changed.filter(([path]) => {
    const there = readIfThere(join(models, path))
    return there !== undefined && !ours[path]?.includes(digest(there))
  })
  if (foreign.length > 0)
    throw new CommandError(
      exitCodes.failed,
      [
        'these files are not from atelier sdk install, so they are left alone; move them away and try again:',
        ...foreign.map(([path]) => `  ${join(models, path)}`),
      ].join('\n'),
    )
  // Old and new until all is done: what a crash leaves behind is known as ours at the next try.
  const note = (lists: (path: string, text: string) => string[]) => {
    const now = Object.fromEntries([...files].map(([path, text]) => [path, lists(path, text)]))
    replace(join(models, listFile), `${JSON.stringify({ ...ours, ...now }, undefined, 2)}\n`)
  }
  if (changed.length > 0) note((path, text) => [...(ours[path] ?? []), digest(text)])
  for (const [path, text] of changed) replace(join(models, path), text)
  if (changed.length > 0) note((_, text) => [digest(text)])
  return new Set(changed.map(([path]) => path))
}

/** The digests that each of our files may have. */
const readList = (models: string): Record<string, string[]> => {
  const text = readIfThere(join(models, listFile))
  return text === undefined ? {} : JSON.parse(text)
}

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CommandError(exitCodes.failed, (error as Error).message, { cause: error })
  }
}

const replace = (path: string, text: string) => {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const writing = `${path}.${process.pid}`
    rmSync(writing, { force: true })
    writeFileSync(writing, text, { flag: 'wx', mode: 0o644 })
    renameSync(writing, path)
  } catch (error) {
    throw new CommandError(exitCodes.failed, (error as Error).message, { cause: error })
  }
}

const digest = (text: string) => hash('sha256', text)

const nextSteps = (models: string | undefined) =>
  [
    'boto3 and the AWS CLI know `nimble` and `atelier` now, and where the server is. Set the key and the region next:',
    ...(models ? [`  export AWS_DATA_PATH='${models.replaceAll("'", "'\\''")}'`] : []),
    '  export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_REGION=us-west-2',
    '  aws nimble list-studios',
  ].join('\n')
