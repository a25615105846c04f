import { run } from './run.ts'

const limitMs = 10 * 60_000

/**
 * Removes what programs have filled, whatever it is: folders in one another beyond the length of any path, hundreds of thousands of
 * files in one, or folders that they have closed to their own user. By a program, which needs no memory of the server's.
 */
export const removeTree = async (path: string): Promise<void> => {
  const remove = () => run('rm', ['-rf', '--one-file-system', '--', path], limitMs)
  try {
    await remove()
  } catch {
    // Without root, what has been made unreadable would stay here for ever.
    await run('chmod', ['-R', 'u+rwx', '--', path], limitMs)
    await remove()
  }
}
