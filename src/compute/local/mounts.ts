import { readFile } from 'node:fs/promises'

/** What is mounted there, such as `/dev/loop0`, seen last where several are; undefined when nothing is. */
export const mountedFrom = async (mountPoint: string): Promise<string | undefined> => {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const line = mounts.findLast(mount => mount.split(' ')[4] === mountPoint)
  return line?.split(' - ')[1]?.split(' ')[1]
}
