/** For tests: an SSH server on loopback that lets one key in, to nothing but sftp. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './server.ts'
import { until } from './until.ts'

const execute = promisify(execFile)

const program = '/usr/sbin/sshd'
/** Debian's sshd insists on it, at each connection; its own service makes it. It stays: another test may need it too. */
const emptyFolder = '/run/sshd'

export interface SshServer {
  user: string
  port: number
  /** For `ssh -F`: the key to use, and the host key to expect. */
  config: string
  /** The server is gone, as if its cable were pulled; `start` brings it back. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** Why there is none on this host. */
export const noSshServer = existsSync(program)
  ? process.getuid?.() === 0 || existsSync(emptyFolder)
    ? undefined
    : `there is no ${emptyFolder}, and only root can make it`
  : 'openssh-server is not installed'

export const startSshServer = async (): Promise<SshServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-sshd-'))
  const user = userInfo().username
  const port = await freePort()
  for (const key of ['host', 'user'])
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)])
  const publicKey = (name: string) => readFile(join(folder, `${name}.pub`), 'utf8')
  await writeFile(join(folder, 'authorized'), await publicKey('user'))
  await writeFile(join(folder, 'known'), `[127.0.0.1]:${port} ${await publicKey('host')}`)
  const config = join(folder, 'ssh_config')
  await writeFile(
    config,
    [
      `IdentityFile ${join(folder, 'user')}`,
      `UserKnownHostsFile ${join(folder, 'known')}`,
      'IdentitiesOnly yes',
      '',
    ].join('\n'),
  )
  await writeFile(
    join(folder, 'sshd_config'),
    [
      ...[`ListenAddress 127.0.0.1`, `Port ${port}`, `HostKey ${join(folder, 'host')}`, 'PidFile none'],
      ...[`AuthorizedKeysFile ${join(folder, 'authorized')}`, 'StrictModes no', 'UsePAM no'],
      ...['PermitRootLogin prohibit-password', 'PasswordAuthentication no', 'Subsystem sftp internal-sftp'],
      ...['ForceCommand internal-sftp', ''],
    ].join('\n'),
  )
  if (!existsSync(emptyFolder)) await mkdir(emptyFolder, { mode: 0o755, recursive: true })

  let end: () => Promise<void>
  const start = async () => {
    const server = spawn(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    server.stderr.setEncoding('utf8').on('data', text => {
      said += text
    })
    const ended = once(server, 'exit')
    end = async () => {
      server.kill()
      await ended
    }
    await until('the SSH server listens', async () => {
      if (server.exitCode !== null) throw new Error(`sshd ended: ${said}`)
      return await answers(port)
    })
  }
  await start()
  return {
    ...{ user, port, config, start },
    stop: () => end(),
    async close() {
      await end()
      await rm(folder, { recursive: true })
    },
  }
}

const answers = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    const finish = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.on('connect', () => finish(true))
    socket.on('error', () => finish(false))
  })
