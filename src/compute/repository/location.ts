/** Where a restic repository may be: a folder of this host, or one of a host that ssh reaches. */

export interface Location {
  /** As restic is told. */
  text: string
  /** The host that ssh connects to. */
  host?: string
  port?: string
}

/** Names only: what is in them becomes words of ssh's command line. */
const host = '(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9._-]*'

/** Undefined when the text names no such place. */
export const readLocation = (text: string): Location | undefined => {
  if (/[\0\n]/.test(text)) return undefined
  if (text.startsWith('/')) return { text }
  const [, withPort, port] = new RegExp(`^sftp://(${host})(?::(\\d{1,5}))?/.+$`).exec(text) ?? []
  if (withPort) return { text, host: withPort, ...(port === undefined ? {} : { port }) }
  const [, plain] = new RegExp(`^sftp:(${host}):.+$`).exec(text) ?? []
  return plain ? { text, host: plain } : undefined
}

/**
 * The command that restic speaks sftp with. It never asks anybody anything, and notices when the other end is gone. It
 * outlives restic by a moment, and does not keep busy the file system of what is copied.
 */
export const sftpCommand = ({ host = '', port }: Location, sshConfig?: string): string =>
  [
    ...['env', '--chdir=/', 'ssh'],
    ...(sshConfig === undefined ? [] : ['-F', sshConfig]),
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15'],
    ...['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4'],
    ...(port === undefined ? [] : ['-p', port]),
    ...[host, '-s', 'sftp'],
  ].join(' ')
