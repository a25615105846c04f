/** `atelier image`: what workstations on this host can start from. Works on the data folder; a server may run meanwhile. */
import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DriverError } from '../compute/driver.ts'
import { hostImage } from '../compute/local/image.ts'
import { type Image, type Images, openImages } from '../compute/local/images/images.ts'
import { standardRecipe } from '../compute/local/images/recipe.ts'
import { type Flags, type Given, parseFlags } from './arguments.ts'
import { formatJson, formatRows } from './output.ts'
import { nearest } from './suggest.ts'
import { CommandError, exitCodes, misused, type Terminal } from './terminal.ts'

interface Task {
  images: Images
  word: string
  given: Given
  terminal: Terminal
}

interface Verb {
  takes?: string
  flags: Flags
  summary: string
  /** What is shown: one image, or several. */
  run(task: Task): Promise<Listed | Listed[] | undefined>
}

type Listed = Partial<Image> & { id: string; name: string; workstations?: number }

const hostItself: Listed = { id: hostImage, name: 'the programs of this host itself' }

const name: Flags = { '--name': { takes: 'one', summary: 'what people call it, up to 64 characters' } }

export const imageVerbs: Readonly<Record<string, Verb>> = {
  build: {
    flags: {
      ...name,
      '--packages': { takes: 'one', summary: 'Debian packages beyond those of the desktop, with commas between them' },
      '--suite': { takes: 'one', summary: `the release of Debian: ${standardRecipe.suite}, unless said` },
      '--mirror': { takes: 'one', summary: `where its packages are: ${standardRecipe.mirror}, unless said` },
    },
    summary: 'makes a desktop from packages of Debian, by debootstrap; as root',
    async run({ images, given, terminal }) {
      const suite = given.get('--suite')?.[0] ?? standardRecipe.suite
      const packages = given.get('--packages')?.[0]?.split(',') ?? []
      const mirror = given.get('--mirror')?.[0] ?? standardRecipe.mirror
      return made(await images.build({ suite, mirror, packages }, nameOf(given, `Debian ${suite}`)), terminal)
    },
  },
  import: {
    takes: 'FILE',
    flags: name,
    summary: 'takes a root file system (tar, squashfs) or a container image (OCI archive, docker save)',
    async run({ images, word, given, terminal }) {
      if (!statSync(word, { throwIfNoEntry: false })?.isFile())
        throw misused(`there is no file ${JSON.stringify(word)}`)
      const standard = basename(word).replace(/\.(tar|squashfs|sqfs|tgz|txz|oci)\b.*$/, '')
      return made(await images.import(word, nameOf(given, standard)), terminal)
    },
  },
  list: {
    flags: {},
    summary: 'all images, and how many workstations start from each',
    async run({ images }) {
      const all = [hostItself, ...(await images.list())]
      return await Promise.all(
        all.map(async image => ({ ...image, workstations: (await images.users(image.id)).length })),
      )
    },
  },
  remove: {
    takes: 'IMAGE',
    flags: {},
    summary: 'gives its space back; refused while a workstation starts from it',
    async run({ images, word }) {
      await images.remove(word)
      return undefined
    },
  },
}

export const imageFlags = (verb: string): Flags => ({
  ...imageVerbs[verb]?.flags,
  '--output': { takes: 'one', choices: ['json', 'table'], summary: 'how the result is printed: table, unless said' },
})

export const runImage = async ([given = '', ...argv]: readonly string[], terminal: Terminal): Promise<void> => {
  const verb = Object.hasOwn(imageVerbs, given) ? imageVerbs[given] : undefined
  if (!verb) {
    if (['', 'help'].includes(given)) return terminal.print(usage())
    const near = nearest(given, Object.keys(imageVerbs))
    throw misused(`atelier image has no ${JSON.stringify(given)}${near ? `: did you mean ${near}?` : ''}\n${usage()}`)
  }
  const words = verb.takes ? argv.slice(0, 1) : []
  if (verb.takes && (words.length === 0 || words[0]?.startsWith('--')))
    throw misused(`usage: atelier image ${given} ${verb.takes}`)
  const flags = parseFlags(argv.slice(words.length), imageFlags(given), `image ${given}`)
  const shown = await interruptible(async signal => {
    // To look at what is not there, nothing is made.
    if (given === 'list' && !existsSync(dataFolder(terminal))) return [hostItself]
    const images = await open(terminal, signal)
    try {
      return await verb.run({ images, word: words[0] ?? '', given: flags, terminal })
    } finally {
      await images.close()
    }
  }).catch(error => {
    if (!(error instanceof DriverError)) throw error
    throw new CommandError(exitCodes.failed, `atelier image ${given}: ${error.message}`, { cause: error })
  })
  if (shown === undefined) return
  if (flags.get('--output')?.[0] === 'json') return terminal.print(formatJson(shown))
  if (!Array.isArray(shown)) return terminal.print(formatRows([forPeople(shown)], 0))
  terminal.print(formatRows(shown.map(forPeople), terminal.columns))
}

const usage = () =>
  Object.entries(imageVerbs)
    .flatMap(([verb, { takes, summary, flags }]) => [
      `  ${['atelier image', verb, takes].filter(Boolean).join(' ').padEnd(32)}${summary}`,
      ...Object.entries(flags).map(([flag, { summary: what = '' }]) => `      ${flag.padEnd(28)}${what}`),
    ])
    .join('\n')

const dataFolder = (terminal: Terminal) => join(terminal.home(), 'local')

/** The data is its owner's: as somebody else, what is there would not be seen, and what is made would not be reached. */
const open = async (terminal: Terminal, signal: AbortSignal): Promise<Images> => {
  const home = terminal.home()
  const owner = statSync(home, { throwIfNoEntry: false })?.uid
  if (owner !== undefined && owner !== process.getuid?.())
    throw new CommandError(
      exitCodes.setup,
      `atelier image: ${home} belongs to ${owner === 0 ? 'root' : `user ${owner}`}: run this as its owner`,
    )
  const began = performance.now()
  const report = (line: string) => {
    const seconds = Math.round((performance.now() - began) / 1000)
    terminal.complain(`${String(seconds).padStart(5)} s  ${line}`)
  }
  return await openImages({ root: dataFolder(terminal), poolShare: terminal.poolShare(), report, log: report, signal })
}

const nameOf = (given: Given, standard: string): string => {
  const name = given.get('--name')?.[0] ?? standard
  if (!/^[\p{L}\p{N}\p{P}\p{S}\p{Zs}]{1,64}$/u.test(name))
    throw misused('a name has 1 to 64 characters that can be seen')
  return name
}

/** How it comes to the studio's launch profiles is the next question. */
const made = (image: Image, { complain }: Terminal): Image => {
  complain('A studio gets it by:')
  complain(`  atelier create-streaming-image --studio-id STUDIO --name IMAGE --ec2-image-id ${image.id}`)
  return image
}

/** Ctrl-C ends what is being done, in order: what was mounted or half made is gone when the command ends. */
const interruptible = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const interrupt = () => controller.abort(new CommandError(exitCodes.failed, 'atelier image: interrupted'))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  try {
    return await work(controller.signal)
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}

const forPeople = ({ digest: _, sizeBytes, createdAt, ...image }: Listed) => ({
  ...image,
  ...(sizeBytes === undefined ? {} : { size: `${Math.ceil(sizeBytes / 2 ** 20)} MiB` }),
  ...(createdAt === undefined ? {} : { created: createdAt.slice(0, 16).replace('T', ' ') }),
})
