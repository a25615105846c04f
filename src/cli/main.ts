import { ConfigError, readConfig } from '../config.ts'
import { runCommand } from './commands.ts'
import { createTerminal } from './this-terminal.ts'

try {
  const terminal = createTerminal(() => readConfig(process.env), process)
  process.exitCode = await runCommand(process.argv.slice(2), terminal)
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`atelier: ${error.message}\n`)
  process.exitCode = 253
}
