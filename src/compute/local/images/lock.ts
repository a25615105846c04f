import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DriverError } from '../../driver.ts'

/**
 * One process at a time makes or removes images in a folder; the next is refused. The lock is held by a program that
 * reads what this process will never write, so it ends with this process, however that ends.
 * @returns what lets go of it
 */
export const lockFolder = async (folder: string): Promise<() => Promise<void>> => {
  const holder = spawn('flock', ['--nonblock', folder, 'sh', '-c', 'echo locked; exec cat'], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'ignore'],
    // Ctrl-C is for this process, which still has to clean up.
    detached: true,
  })
  const ended = once(holder, 'close')
  const locked = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)])
  if (!locked)
    throw new DriverError('INTERNAL_ERROR', 'another atelier image command is working on the images: wait for its end')
  return async () => {
    holder.stdin.end()
    await ended
  }
}
