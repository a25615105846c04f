/**
 * Where foreign archives are unpacked: a sandbox that holds the programs of the host, read-only, and one folder that
 * can be written. There is no network, no other process and no other file, so whatever an archive makes a program do
 * stays in that folder.
 */
import { hostPrograms } from '../system.ts'
import { type Job, runJob } from './job.ts'

/** As root, images belong to a user that owns nothing else, above the users of volumes: nothing in one is root's. */
export const imageUser = 2_100_000_000

export interface Jail {
  /** The folder that can be written, seen as `/tree`. */
  tree: string
  /** Files and folders of the host that can be read, by where they are seen. */
  shown?: Readonly<Record<string, string>>
}

/**
 * For the owner alone: to work in folders that he has no right in, which many images have. And to lock a program into
 * the tree, so that links in it lead where they would lead in the image.
 */
const rights = ['CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_SYS_CHROOT']

const limitMs = 30 * 60_000

export const runInJail = async (
  { tree, shown = {} }: Jail,
  command: readonly [program: string, ...args: string[]],
  job: Pick<Job, 'signal' | 'input' | 'onLine'>,
): Promise<void> => {
  const bubblewrap = [
    ...['--unshare-all', '--unshare-user', '--new-session', '--die-with-parent', '--clearenv'],
    ...['--uid', '1000', '--gid', '1000', ...rights.flatMap(right => ['--cap-add', right])],
    ...['--setenv', 'PATH', '/usr/sbin:/usr/bin:/sbin:/bin', '--setenv', 'LC_ALL', 'C.UTF-8'],
    ...[...hostPrograms(), '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...Object.entries(shown).flatMap(([seen, path]) => ['--ro-bind', path, seen]),
    ...['--bind', tree, '/tree', '--chdir', '/tree', '--remount-ro', '/', '--'],
    // What the administrator's shell keeps to himself, workstations must be able to read.
    ...['sh', '-c', 'umask 022; exec "$@"', 'sh', ...command],
  ]
  const asUser = [`--reuid=${imageUser}`, `--regid=${imageUser}`, '--clear-groups', '--no-new-privs', '--inh-caps=-all']
  await runJob({
    ...job,
    ...(process.getuid?.() === 0
      ? { program: 'setpriv', args: [...asUser, '--', 'bwrap', ...bubblewrap] }
      : { program: 'bwrap', args: bubblewrap }),
    limitMs,
  })
}
