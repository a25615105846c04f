import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

/** What is mounted there, such as `/dev/loop0`, seen last where several are; undefined when nothing is. */
export const mountedFrom = async (mountPoint: string): Promise<string | undefined> => {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const line = mounts.findLast(mount => mount.split(' ')[4] === mountPoint)
  return line?.split(' - ')[1]?.split(' ')[1]
}

/** At once, whoever still uses it; nothing where nothing is mounted. */
export const unmount = async (mountPoint: string): Promise<void> => {
  if ((await mountedFrom(mountPoint)) !== undefined) await run('umount', ['--lazy', mountPoint])
}
