/** What `atelier …` can do: a function per command. Standard output holds results only, everything else is standard error. */
import { readFileSync } from 'node:fs'
import { settings } from '../config.ts'
import { formatExports, quickstartFile, readQuickstart } from './quickstart.ts'

export interface Terminal {
  /** The data folder of the server on this machine; throws a `ConfigError` when the environment is wrong. */
  home(): string
  print(text: string): void
  complain(text: string): void
}

/** 0: done. 1: could not be done. 2: was not understood. */
export type ExitCode = 0 | 1 | 2

export interface Command {
  /** What follows the name, for the usage. */
  takes?: string
  summary: string
  run(args: string[], terminal: Terminal): Promise<ExitCode> | ExitCode
}

export const runCommand = async (argv: string[], terminal: Terminal): Promise<ExitCode> => {
  const [given = 'help', ...args] = argv
  const name = { '--help': 'help', '-h': 'help', '--version': 'version' }[given] ?? given
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command && (command.takes || args.length === 0)) return command.run(args, terminal)
  terminal.complain(command ? `atelier ${name} takes no arguments` : `atelier has no command ${JSON.stringify(given)}`)
  terminal.complain(usage())
  return 2
}

export const commands: Record<string, Command> = {
  env: {
    summary: 'the shell lines that point boto3, the AWS CLI and the SDKs here: eval "$(npx atelier env)"',
    run(_args, terminal) {
      const home = terminal.home()
      try {
        const exports = readQuickstart(home)
        if (exports) {
          terminal.print(formatExports(exports).trimEnd())
          return 0
        }
        terminal.complain(
          `atelier env: there is no ${quickstartFile(home)} yet: run npm start and wait until it is ready`,
        )
      } catch (error) {
        terminal.complain(`atelier env: ${quickstartFile(home)} cannot be used: ${(error as Error).message}`)
      }
      return 1
    },
  },

  help: {
    takes: '[settings]',
    summary: 'this text, or the settings that the server reads from the environment',
    run([topic, ...rest], terminal) {
      if (rest.length > 0 || (topic !== undefined && topic !== 'settings')) {
        terminal.complain(usage())
        return 2
      }
      terminal.print(topic === 'settings' ? settingsTable() : usage())
      return 0
    },
  },

  version: {
    summary: 'the version of Atelier',
    run(_args, terminal) {
      terminal.print(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version)
      return 0
    },
  },
}

const usage = () => {
  const rows = Object.entries(commands).map(([name, { takes, summary }]) => [
    takes ? `${name} ${takes}` : name,
    summary,
  ])
  return ['usage: atelier COMMAND', ...rows.map(([call = '', summary]) => `  ${call.padEnd(17)}${summary}`)].join('\n')
}

const settingsTable = () =>
  Object.entries(settings)
    .map(([name, { default: standard, form, meaning }]) =>
      [`${name}${standard && `=${standard}`}`, `    ${meaning}.`, `    ${form.says}`].join('\n'),
    )
    .join('\n')
