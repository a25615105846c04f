/** The terminal, or the pipes, that this process runs in. */
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Terminal } from './terminal.ts'

export const createTerminal = (
  config: () => Config,
  { env, stdin, stdout, stderr }: Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'stderr'>,
): Terminal => {
  // Whoever reads may have read enough, as `head` has.
  stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  })
  return {
    home: () => config().home,
    poolShare: () => config().workstations.poolShare,
    shares: () => config().workstations,
    address: config,
    repository: () => config().repository,
    env,
    print: line => stdout.write(`${line}\n`),
    complain: line => stderr.write(`${line}\n`),
    columns: stdout.isTTY ? stdout.columns : undefined,
    readInput: async () => (await import('node:stream/consumers')).text(stdin),
    askSecret: stdin.isTTY ? question => askSecret(stdin, stderr, question) : undefined,
    pause: ms => setTimeout(ms),
  }
}

/** What is typed is not shown: the line editor writes to nowhere. */
const askSecret = async (stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream, question: string): Promise<string> => {
  const [{ createInterface }, { Writable }] = await Promise.all([
    import('node:readline/promises'),
    import('node:stream'),
  ])
  stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  const interrupted = new Promise<never>((_, reject) =>
    lines.on('SIGINT', () => reject(Object.assign(new Error('interrupted'), { code: 'ABORT_ERR' }))),
  )
  try {
    return await Promise.race([lines.question(''), interrupted])
  } finally {
    lines.close()
    stderr.write('\n')
  }
}
