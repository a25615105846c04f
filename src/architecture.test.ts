/** Rules of taste that matter, as tests: what `ARCHITECTURE.md` says of the rooms stays true without anybody watching. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, it } from 'node:test'

const src = import.meta.dirname

/** Doors open one way: a room imports itself and those it is listed with. */
const doors: Record<string, string[]> = {
  contract: [],
  compute: [],
  store: ['contract'],
  access: ['contract', 'store'],
  lifecycle: ['contract', 'store', 'compute'],
  operations: ['contract', 'store', 'access', 'lifecycle'],
  // The one road of a request opens the transaction, and the client token is written in it.
  server: ['contract', 'store', 'access', 'operations'],
  neighbours: ['contract', 'store', 'access'],
  gateway: ['contract', 'store', 'access', 'compute', 'protocol'],
  protocol: [],
  streamer: ['protocol'],
  console: ['contract', 'protocol'],
  cli: ['contract'],
}

/** What a room may take from another beyond its doors, and why. */
const windows: Record<string, string[]> = {
  contract: ['../contract'],
  // The doctor looks at the host with the driver's own eyes; images are made on the host, whether a server runs or not.
  // And a repository is opened on another machine when the server that copied there is gone.
  cli: [
    'compute/driver.ts',
    'compute/local/image.ts',
    'compute/local/images',
    'compute/local/probe.ts',
    'compute/local/probe-streaming.ts',
    'compute/repository',
  ],
  // The buttons are enabled by the tables that the server follows.
  console: ['lifecycle/lifecycle.ts', 'lifecycle/resource.ts', 'lifecycle/session.ts'],
}

/** A library lives in the rooms listed; Node's own are free, but for its database. */
const libraries: Record<string, string[]> = {
  kysely: ['store'],
  'node:sqlite': ['store', 'server/startup.ts'],
  fastify: ['server'],
  '@fastify/static': ['server'],
  ws: ['gateway'],
  pino: ['log.ts'],
  react: ['console'],
  'react-dom': ['console'],
  '@tanstack/react-query': ['console'],
  '@novnc/novnc': ['console/viewer'],
  x11: ['streamer'],
  koffi: ['streamer'],
  // What tests of every room are fed with.
  'fast-check': ['contract/samples.ts'],
  '@smithy/signature-v4': ['access/signers.ts'],
}

interface Source {
  /** Below `src`, with slashes. */
  path: string
  text: string
  imports: Import[]
}

interface Import {
  /** A path below `src`, or the name of a package. */
  target: string
  isPackage: boolean
  /** Gone when it runs. */
  isType: boolean
}

const importPattern =
  /^\s*(?:import|export)\s(type\s)?[^'"`;]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm

const readImports = (path: string, text: string): Import[] =>
  [...text.matchAll(importPattern)].map(([, type, from, bare, dynamic]) => {
    const name = from ?? bare ?? dynamic ?? ''
    const isPackage = !name.startsWith('.')
    return { target: isPackage ? packageOf(name) : join(dirname(path), name), isPackage, isType: type !== undefined }
  })

const packageOf = (name: string) => {
  const parts = name.split('/')
  return parts.slice(0, name.startsWith('@') ? 2 : 1).join('/')
}

const read = (folder: string): Source[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.tsx?$/.test(file))
    .map(file => {
      const path = relative(src, join(folder, file)).split(sep).join('/')
      const text = readFileSync(join(folder, file), 'utf8')
      return { path, text, imports: readImports(path, text) }
    })

const everything = read(src)
const isTest = ({ path }: Source) => path.endsWith('.test.ts')
const product = everything.filter(source => !isTest(source))
const roomOf = (path: string) => (path.includes('/') ? path.split('/')[0] : undefined)
const isIn = (path: string, places: string[]) => places.some(place => path === place || path.startsWith(`${place}/`))

/** Fails with everything that is wrong, one to a line. */
const none = (found: string[], rule: string) => assert.equal(found.length, 0, `${rule}:\n  ${found.join('\n  ')}`)

describe('the rooms', () => {
  it('are the ones that the list of doors knows', () => {
    const rooms = new Set(product.flatMap(({ path }) => roomOf(path) ?? []))
    assert.deepEqual([...rooms].sort(), Object.keys(doors).sort())
  })

  for (const [room, open] of Object.entries(doors))
    it(`${room} imports ${open.length > 0 ? `no room but ${open.join(', ')}` : 'no other room'}`, () => {
      const allowed = [room, ...open, ...(windows[room] ?? [])]
      const found = product
        .filter(({ path }) => roomOf(path) === room)
        .flatMap(({ path, imports }) =>
          imports
            .filter(({ target, isPackage }) => !isPackage && roomOf(target) && !isIn(target, allowed))
            .map(({ target }) => `${path} imports ${target}`),
        )
      none(found, `a door that is not there`)
    })

  it('take nothing from the files above them but the types of settings', () => {
    const entries = ['cli/main.ts', 'cli/commands.ts']
    const found = product
      .filter(({ path }) => roomOf(path) && !entries.includes(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(
            ({ target, isPackage, isType }) => !isPackage && !roomOf(target) && !(isType && target === 'config.ts'),
          )
          .map(({ target }) => `${path} imports ${target}`),
      )
    none(found, 'what a room needs is handed to it')
  })

  it('have no names for code whose place has not been found yet', () => {
    const homeless = /(^|\/)(utils?|helpers?|common|shared|misc|managers?|services?)(\/|\.tsx?$)/
    none(
      everything.map(({ path }) => path).filter(path => homeless.test(path)),
      'a name that says nothing',
    )
  })
})

describe('a library', () => {
  it('lives in one room', () => {
    const found = product.flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ target, isPackage, isType }) =>
            isPackage && !isType && !(target.startsWith('node:') && !libraries[target]),
        )
        .filter(({ target }) => !isIn(path, libraries[target] ?? []))
        .map(({ target }) => `${path} imports ${target}`),
    )
    none(found, 'a library outside its room')
  })
})

describe('a file', () => {
  it('has at most 320 lines', () => {
    const generated = ['contract/types.ts']
    const found = product.flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1
      return lines > 320 && !generated.includes(path) ? [`${path}: ${lines} lines`] : []
    })
    none(found, 'a file that is asking a question')
  })

  it('exports by name, and only what is its own; pages are exported by default', () => {
    const found = product
      .filter(({ path }) => !path.endsWith('.d.ts'))
      .flatMap(({ path, text }) => [
        ...(/^export \*/m.test(text) ? [`${path}: export *`] : []),
        ...(/^export \{[^}]*\} from/m.test(text) ? [`${path}: exports what it imports`] : []),
        ...(/^export default/m.test(text) && !path.startsWith('console/pages/') ? [`${path}: export default`] : []),
      ])
    none(found, 'an export that leads elsewhere')
  })

  it('reads no environment but in the settings and where a program begins', () => {
    const beginnings = ['main.ts', 'cli/main.ts']
    const found = product.filter(
      ({ path, text }) => /\bprocess\.env\b|\bimport\.meta\.env\b/.test(text) && !beginnings.includes(path),
    )
    none(
      found.map(({ path }) => path),
      'settings are in config.ts',
    )
    for (const { path, text } of product.filter(({ path }) => beginnings.includes(path)))
      assert.ok(
        !/process\.env(?!\))/.test(text.replaceAll('readConfig(process.env)', '')),
        `${path} reads settings itself`,
      )
  })

  it('explains no mistake away', () => {
    const silenced = /@ts-(?:ignore|nocheck|expect-error)|biome-ignore(?! lint\/\S+: \S)/
    none(
      everything
        .filter(({ path, text }) => path !== 'architecture.test.ts' && silenced.test(text))
        .map(({ path }) => path),
      'a silenced error without a reason',
    )
  })
})

describe('a test', () => {
  it('is run, whole and every time', () => {
    const left = /\b(?:it|test|describe|suite|t)\.(?:skip|only|todo)\b|\b(?:skip|only|todo): true/
    const tests = [...everything.filter(isTest), ...read(join(src, '../test'))]
    none(
      tests.filter(({ path, text }) => path !== 'architecture.test.ts' && left.test(text)).map(({ path }) => path),
      'skip, only or todo',
    )
  })
})
