/** The X server's driver for pens and fingers, compiled into `dist/xorg` when it or the X server's interface has changed. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Interruption, run, SetupError, withProgress } from './run.js'
import { readStamp, stampOf } from './stamp.js'

/** Where the X server looks for it, below a folder of modules. */
const driver = 'dist/xorg/input/atelier_drv.so'
const source = 'src/compute/local/input-driver.c'
/** Of Debian's `xserver-xorg-dev`: which version of the X server's interface a driver is built for. */
const interfaceHeader = '/usr/include/xorg/xf86Module.h'

export const inputDriverIsStale = root =>
  !existsSync(join(root, driver)) ||
  !existsSync(interfaceHeader) ||
  readStamp(stampFile(root)) !== stampOf(root, [source, interfaceHeader])

const stampFile = root => join(root, 'dist/xorg.stamp')

const limitMs = 60_000

/** Desktops do without pens and fingers where it cannot be built: that is told, and no more. */
export const buildInputDriver = async root => {
  const building = `${join(root, driver)}.building`
  try {
    if (!existsSync(interfaceHeader)) throw new SetupError(`the X server’s headers are missing: ${interfaceHeader}`)
    mkdirSync(dirname(building), { recursive: true })
    const headers = ['/usr/include/xorg', '/usr/include/pixman-1'].flatMap(folder => ['-isystem', folder])
    const options = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-fPIC', '-shared', ...headers]
    await withProgress('Building the driver for pens and fingers', () =>
      run('gcc', [...options, '-o', building, join(root, source)], {
        ...{ cwd: root, env: process.env, limitMs },
        failure: 'gcc does not build it',
      }),
    )
  } catch (error) {
    if (!(error instanceof SetupError) || error instanceof Interruption) throw error
    console.error(`Desktops will do without pens and fingers: ${error.message}`)
    return
  }
  renameSync(building, join(root, driver))
  writeFileSync(stampFile(root), stampOf(root, [source, interfaceHeader]))
}
