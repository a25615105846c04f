import { ConfigError, readConfig } from '../config.ts'
import { runCommand } from './commands.ts'

try {
  process.exitCode = await runCommand(process.argv.slice(2), {
    home: () => readConfig(process.env).home,
    print: text => process.stdout.write(`${text}\n`),
    complain: text => process.stderr.write(`${text}\n`),
  })
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`atelier: ${error.message}\n`)
  process.exitCode = 1
}
