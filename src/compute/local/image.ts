/** Which programs a workstation has: the host's own, or those of an image that was built or imported. */
import { access, constants, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError } from '../driver.ts'
import type { Shelf } from '../shelf.ts'

/** This host's own programs: the one image that is always there. */
export const hostImage = 'ami-host'

/** Ids of images that were built or imported, in the form of EC2's. */
export const imageForm = /^ami-[0-9a-f]{17}$/

/** The program that makes the sandbox is the host's, whatever the image. */
const sandboxProgram = { '/usr/bin/bwrap': 'bubblewrap' }

/** What a desktop cannot do without, and the Debian package that has it. */
export const desktopPrograms = {
  '/bin/sh': 'dash',
  '/usr/bin/Xtigervnc': 'tigervnc-standalone-server',
  '/usr/bin/xkbcomp': 'x11-xkb-utils',
  '/usr/bin/icewm': 'icewm',
  '/usr/bin/dbus-daemon': 'dbus-daemon',
}

/** The tree of the image; undefined for the host's own programs. An error names what is missing. */
export const findImage = async (images: Shelf, image: string): Promise<string | undefined> => {
  if (image === hostImage) {
    await assertPrograms({ ...sandboxProgram, ...desktopPrograms })
    return undefined
  }
  if (!imageForm.test(image) || !(await images.has(image)))
    throw new DriverError(
      'AMI_VALIDATION_ERROR',
      `this server has no image "${image}": use ${hostImage}, the programs of the host itself, or one of atelier image list`,
    )
  await assertPrograms(sandboxProgram)
  return images.tree(image)
}

const assertPrograms = async (programs: Readonly<Record<string, string>>) => {
  const missing = []
  for (const [program, debianPackage] of Object.entries(programs))
    if (!(await isExecutable(program))) missing.push(debianPackage)
  if (missing.length > 0)
    throw new DriverError(
      'AMI_VALIDATION_ERROR',
      `the host lacks programs that a workstation needs: apt-get install --no-install-recommends ${missing.join(' ')}`,
    )
}

const isExecutable = async (path: string) => {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Beside the tree of a volume, so that an image is kept while a workstation could start from it. */
const noteName = 'image'

export const noteImage = (box: string, image: string): Promise<void> => writeFile(join(box, noteName), image)

/** A volume without a note is of a version that knew the host's programs only. */
export const imageOfVolume = async (box: string): Promise<string> => {
  try {
    return await readFile(join(box, noteName), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return hostImage
    throw error
  }
}
