/** `atelier user`, `key` and `policy`: the installation's own administration, told by names instead of ids. */
import { randomInt } from 'node:crypto'
import { type Flags, type Given, parseFlags } from './arguments.ts'
import { backup } from './backup.ts'
import type { Call, Values } from './call.ts'
import { connect } from './connection.ts'
import { all, type Group, idOf, type Verb } from './group.ts'
import { formOf, ownFlags, targetOf } from './operation.ts'
import { formatJson, formatRows } from './output.ts'
import { nearest } from './suggest.ts'
import { misused, type Terminal } from './terminal.ts'
import { contentOf } from './values.ts'

const passwordFlags: Flags = {
  '--password-stdin': { takes: 'none', summary: 'the password is read from standard input' },
}

const user: Group = {
  create: {
    takes: ['NAME'],
    flags: {
      ...passwordFlags,
      '--kind': { takes: 'one', choices: ['user', 'account'], summary: 'a person of a studio, or a key with policies' },
      '--display-name': { takes: 'one', summary: 'the name that others see' },
    },
    summary: 'a person who signs in to the portal, or with --kind account a principal for scripts',
    async run({ call, words: [userName = ''], given, terminal }) {
      const kind = given.get('--kind')?.[0] ?? 'user'
      const displayName = given.get('--display-name')?.[0]
      const password =
        kind === 'user' || given.has('--password-stdin') ? await choosePassword(given, terminal) : undefined
      const { user: made } = await call('CreateUser', {
        userName,
        kind,
        ...(displayName === undefined ? {} : { displayName }),
        ...(password === undefined ? {} : { password: password.text }),
      })
      return { ...(made as Values), ...(password?.isMadeUp ? { password: password.text } : {}) }
    },
  },
  list: {
    takes: [],
    summary: 'everybody',
    run: async ({ call }) => await all(call, 'ListUsers'),
  },
  disable: {
    takes: ['NAME'],
    summary: 'ends sign-ins and refuses keys, at once',
    run: async ({ call, words: [name = ''] }) => await update(call, name, { disabled: true }),
  },
  enable: {
    takes: ['NAME'],
    summary: 'takes back a disable',
    run: async ({ call, words: [name = ''] }) => await update(call, name, { disabled: false }),
  },
  password: {
    takes: ['NAME'],
    flags: passwordFlags,
    summary: 'gives a new password',
    async run({ call, words: [name = ''], given, terminal }) {
      const principalId = await idOf(call, name)
      const password = await choosePassword(given, terminal)
      await call('UpdateUser', { principalId, password: password.text })
      return password.isMadeUp ? { userName: name, password: password.text } : undefined
    },
  },
  delete: {
    takes: ['NAME'],
    summary: 'removes a user and all keys',
    async run({ call, words: [name = ''] }) {
      await call('DeleteUser', { principalId: await idOf(call, name) })
      return undefined
    },
  },
}

const switchKey =
  (disabled: boolean): Verb['run'] =>
  async ({ call, words: [name = '', accessKeyId = ''] }) => {
    const principalId = await idOf(call, name)
    return (await call('UpdateAccessKey', { principalId, accessKeyId, disabled })).accessKey as Values
  }

const key: Group = {
  create: {
    takes: ['USER'],
    summary: 'a key for scripts; its secret is shown this once',
    run: async ({ call, words: [name = ''] }) =>
      (await call('CreateAccessKey', { principalId: await idOf(call, name) })).accessKey as Values,
  },
  list: {
    takes: ['USER'],
    summary: 'the keys of a user, and when each was used last',
    run: async ({ call, words: [name = ''] }) =>
      await all(call, 'ListAccessKeys', { principalId: await idOf(call, name) }),
  },
  disable: { takes: ['USER', 'KEY'], summary: 'refuses a key, at once', run: switchKey(true) },
  enable: { takes: ['USER', 'KEY'], summary: 'takes back a disable', run: switchKey(false) },
  delete: {
    takes: ['USER', 'KEY'],
    summary: 'removes a key',
    async run({ call, words: [name = '', accessKeyId = ''] }) {
      await call('DeleteAccessKey', { principalId: await idOf(call, name), accessKeyId })
      return undefined
    },
  },
}

const attachment =
  (operation: 'AttachPolicy' | 'DetachPolicy'): Verb['run'] =>
  async ({ call, words: [policyName = '', name = ''] }) => {
    await call(operation, { policyName, principalId: await idOf(call, name) })
    return undefined
  }

const policy: Group = {
  put: {
    takes: ['NAME', 'FILE'],
    flags: { '--description': { takes: 'one', summary: 'what it is for' } },
    summary: 'stores a policy document, an IAM JSON; FILE may be - for standard input',
    async run({ call, words: [policyName = '', file = ''], given, terminal }) {
      const document = file === '-' ? await terminal.readInput() : contentOf(`file://${file}`, 'FILE')
      const description = given.get('--description')?.[0]
      const { policy: stored } = await call('PutPolicy', {
        policyName,
        document,
        ...(description === undefined ? {} : { description }),
      })
      const { document: _, ...summary } = stored as Values
      return summary
    },
  },
  show: {
    takes: ['NAME'],
    summary: 'a policy with its document',
    run: async ({ call, words: [policyName = ''] }) => (await call('GetPolicy', { policyName })).policy as Values,
  },
  list: {
    takes: [],
    summary: 'all policies; the managed ones cannot be changed',
    run: async ({ call }) => await all(call, 'ListPolicies'),
  },
  delete: {
    takes: ['NAME'],
    summary: 'removes a policy',
    async run({ call, words: [policyName = ''] }) {
      await call('DeletePolicy', { policyName })
      return undefined
    },
  },
  attach: { takes: ['POLICY', 'USER'], summary: 'gives a user the policy', run: attachment('AttachPolicy') },
  detach: { takes: ['POLICY', 'USER'], summary: 'takes the policy from a user', run: attachment('DetachPolicy') },
}

export const groups: Readonly<Record<string, Group>> = { user, key, policy, backup }

export const flagsOfVerb = (group: string, verb: string): Flags => ownFlags(groups[group]?.[verb]?.flags ?? {})

export const groupUsage = (name: string): string =>
  Object.entries(groups[name] ?? {})
    .flatMap(([verb, { takes, summary, flags = {} }]) => [
      `  ${['atelier', name, verb, ...takes].join(' ').padEnd(40)}${summary}`,
      ...Object.entries(flags).map(
        ([flag, { summary: what = '', choices }]) =>
          `      ${flag.padEnd(36)}${what}${choices ? `: ${choices.join(' or ')}` : ''}`,
      ),
    ])
    .join('\n')

export const runGroup = async (name: string, [given = '', ...argv]: readonly string[], terminal: Terminal) => {
  const group = groups[name] ?? {}
  if (['', 'help', '--help', '-h'].includes(given) || argv.includes('--help')) return terminal.print(groupUsage(name))
  const verb = Object.hasOwn(group, given) ? group[given] : undefined
  if (!verb) {
    const near = nearest(given, Object.keys(group))
    throw misused(
      `atelier ${name} has no ${JSON.stringify(given)}${near ? `: did you mean ${near}?` : ''}\n${groupUsage(name)}`,
    )
  }
  const words = argv.slice(0, verb.takes.length)
  if (words.length < verb.takes.length || words.some(word => word.startsWith('--')))
    throw misused(`usage: ${['atelier', name, given, ...verb.takes].join(' ')}`)
  const flags = parseFlags(argv.slice(words.length), flagsOfVerb(name, given), `${name} ${given}`)
  const shown = await verb.run({
    // Some verbs need no server, and none may run.
    get call() {
      return connect(terminal, targetOf(flags))
    },
    ...{ words, given: flags, terminal },
  })
  if (shown === undefined) return
  if (formOf(flags, 'table') === 'json') return terminal.print(formatJson(shown))
  const rows = Array.isArray(shown) ? shown : [shown]
  // One thing is read from top to bottom.
  terminal.print(rows.length === 0 ? 'none' : formatRows(rows, Array.isArray(shown) ? terminal.columns : 0))
}

const update = async (call: Call, name: string, changes: Values): Promise<Values> =>
  (await call('UpdateUser', { principalId: await idOf(call, name), ...changes })).user as Values

/** From standard input, from the terminal, or made up. Never from the command line, which others on the host can read. */
const choosePassword = async (given: Given, { readInput, askSecret }: Terminal) => {
  if (given.has('--password-stdin')) return { text: (await readInput()).replace(/\r?\n$/, ''), isMadeUp: false }
  if (!askSecret) return { text: makePassword(), isMadeUp: true }
  const text = await askSecret('Password (empty: one is made up): ')
  if (text === '') return { text: makePassword(), isMadeUp: true }
  if ((await askSecret('The same again: ')) !== text) throw misused('the two passwords differ')
  return { text, isMadeUp: false }
}

/** No letters that look like others: somebody will read it out. 24 of 56 letters are more than 128 bits. */
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'
const makePassword = () => Array.from({ length: 24 }, () => letters[randomInt(letters.length)]).join('')
