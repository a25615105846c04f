/** What `atelier …` can do. What a command needs is loaded when it runs, so that the small ones stay quick. */
import { readFileSync } from 'node:fs'
import { settings } from '../config.ts'
import { formatExports, quickstartFile, readQuickstart } from './quickstart.ts'
import { CommandError, type ExitCode, exitCodes, misused, type Terminal } from './terminal.ts'

export interface Command {
  /** What follows the name, for the usage. */
  takes?: string
  summary: string
  run(args: string[], terminal: Terminal): Promise<unknown> | unknown
}

/** Every error that a user can act on ends here as a line on standard error. */
export const runCommand = async (argv: string[], terminal: Terminal): Promise<ExitCode> => {
  try {
    await dispatch(argv, terminal)
    return exitCodes.done
  } catch (error) {
    const { code, message } = await explain(error)
    terminal.complain(message)
    return code
  }
}

const dispatch = async (argv: string[], terminal: Terminal): Promise<unknown> => {
  const [given = 'help', ...args] = argv
  const name = { '--help': 'help', '-h': 'help', '--version': 'version' }[given] ?? given
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command) {
    if (args.some(arg => arg === '--help' || arg === '-h')) return terminal.print(usageOf(name, command))
    if (!command.takes && args.length > 0) throw misused(`atelier ${name} takes no arguments\n${usage()}`)
    return await command.run(args, terminal)
  }
  const { typedOperations } = await import('./names.ts')
  if (!typedOperations.has(name)) throw await unknownCommand(given)
  if (['help', '--help', '-h'].includes(args.at(-1) ?? '')) {
    const { operationHelp } = await import('./help.ts')
    return terminal.print(operationHelp(name))
  }
  const { runOperation } = await import('./operation.ts')
  return await runOperation(name, args, terminal)
}

const explain = async (error: unknown): Promise<{ code: ExitCode; message: string }> => {
  if (error instanceof CommandError) return { code: error.code, message: error.message }
  const { explainCall } = await import('./call-errors.ts')
  const explained = explainCall(error)
  if (!explained) throw error
  return explained
}

const unknownCommand = async (given: string) => {
  const [{ nearest }, { typedOperations }] = await Promise.all([import('./suggest.ts'), import('./names.ts')])
  const near = nearest(given, [...Object.keys(commands), ...typedOperations.keys()])
  const unknown = `atelier has no command ${JSON.stringify(given)}`
  // The likely word is the last line and not lost above a page of others.
  return misused(near ? `${unknown}: did you mean ${near}?` : `${unknown}\n${usage()}`)
}

export const commands: Record<string, Command> = {
  env: {
    summary: 'the shell lines that point boto3, the AWS CLI and the SDKs here: eval "$(npx atelier env)"',
    run(_args, terminal) {
      const file = quickstartFile(terminal.home())
      let exports: ReturnType<typeof readQuickstart>
      try {
        exports = readQuickstart(terminal.home())
      } catch (error) {
        throw new CommandError(exitCodes.fault, `atelier env: ${file} cannot be used: ${(error as Error).message}`)
      }
      if (!exports)
        throw new CommandError(
          exitCodes.fault,
          `atelier env: there is no ${file} yet: run npm start and wait until it is ready`,
        )
      terminal.print(formatExports(exports).trimEnd())
    },
  },

  wait: {
    takes: 'WAITER FLAGS…',
    summary: 'returns when a resource has got there, as `atelier wait studio-ready --studio-id ID`',
    run: async (args, terminal) => (await import('./operation.ts')).runWait(args, terminal),
  },

  user: {
    takes: 'create|list|disable|enable|password|delete …',
    summary: 'people and principals of this installation',
    run: (args, terminal) => group('user', args, terminal),
  },

  key: {
    takes: 'create|list|disable|enable|delete …',
    summary: 'access keys for scripts',
    run: (args, terminal) => group('key', args, terminal),
  },

  policy: {
    takes: 'put|show|list|delete|attach|detach …',
    summary: 'policy documents and who has them',
    run: (args, terminal) => group('policy', args, terminal),
  },

  image: {
    takes: 'build|import|list|remove …',
    summary: 'what workstations on this host can start from',
    run: async (args, terminal) => (await import('./images.ts')).runImage(args, terminal),
  },

  backup: {
    takes: 'list|restore|init|check …',
    summary: 'copies of backups in a repository, away from this machine',
    run: (args, terminal) => group('backup', args, terminal),
  },

  sdk: {
    takes: 'install [--aws-folder FOLDER] [--from URL]',
    summary: 'puts the model of the API under ~/.aws/models, for boto3 and the AWS CLI',
    run: async (args, terminal) => (await import('./sdk.ts')).runSdk(args, terminal),
  },

  completion: {
    takes: 'bash|zsh|fish',
    summary: 'what a shell needs to complete commands: eval "$(npx atelier completion bash)"',
    run: async (args, terminal) => (await import('./completion.ts')).runCompletion(args, terminal),
  },

  doctor: {
    takes: '[--output json]',
    summary: 'what this host can and cannot do, and how to mend it; changes nothing',
    run: async (args, terminal) => (await import('./doctor.ts')).runDoctor(args, terminal),
  },

  help: {
    takes: '[settings|operations|COMMAND]',
    summary: 'this text, the settings of the server, all operations, or one of them',
    async run([topic, ...rest], terminal) {
      if (rest.length > 0) throw misused(usage())
      if (topic === undefined) return terminal.print(usage())
      if (topic === 'settings') return terminal.print(settingsTable())
      const [{ typedOperations }, help] = await Promise.all([import('./names.ts'), import('./help.ts')])
      if (topic === 'operations') return terminal.print(help.operationList())
      if (typedOperations.has(topic)) return terminal.print(help.operationHelp(topic))
      const command = Object.hasOwn(commands, topic) ? commands[topic] : undefined
      if (!command) throw await unknownCommand(topic)
      terminal.print(usageOf(topic, command))
    },
  },

  version: {
    summary: 'the version of Atelier',
    run: (_args, terminal) =>
      terminal.print(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version),
  },
}

const group = async (name: string, args: string[], terminal: Terminal) =>
  (await import('./administration.ts')).runGroup(name, args, terminal)

const usageOf = (name: string, { takes, summary }: Command) =>
  `usage: atelier ${name}${takes ? ` ${takes}` : ''}\n  ${summary}`

const usage = () => {
  const rows = Object.entries(commands).map(([name, { takes, summary }]) => {
    const call = takes ? `${name} ${takes}` : name
    return call.length < 17 ? `  ${call.padEnd(17)}${summary}` : `  ${call}\n${' '.repeat(19)}${summary}`
  })
  return [
    'usage: atelier COMMAND',
    ...rows,
    'or an operation of the API, as `atelier list-studios`: atelier help operations',
  ].join('\n')
}

const settingsTable = () =>
  Object.entries(settings)
    .map(([name, { default: standard, form, meaning }]) =>
      [`${name}${standard && `=${standard}`}`, `    ${meaning}.`, `    ${form.says}`].join('\n'),
    )
    .join('\n')
