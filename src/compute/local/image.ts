/** Which programs a workstation has: the host's own, or those of an image that was built or imported. */
import { constants, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError } from '../driver.ts'
import { can, exists, type Shelf } from '../shelf.ts'

/** This host's own programs: the one image that is always there. */
export const hostImage = 'ami-host'

/** Ids of images that were built or imported, in the form of EC2's. */
export const imageForm = /^ami-[0-9a-f]{17}$/

/** The program that makes the sandbox is the host's, whatever the image. */
const sandboxProgram = { '/usr/bin/bwrap': 'bubblewrap' }

/** Not `/usr/bin/Xorg`, which may be a program that asks for a console first. */
const xServer = '/usr/lib/xorg/Xorg'
export const xServerModules = '/usr/lib/xorg/modules'
/** The server itself, its screen in memory, and its RFB. */
export const xServerPackages = ['xserver-xorg-core', 'xserver-xorg-video-dummy', 'tigervnc-xorg-extension'] as const
const [core, dummy, rfb] = xServerPackages

/** Programs, and modules of the X server, that a desktop cannot do without, and the Debian package that has each. */
export const desktopPrograms = {
  '/bin/sh': 'dash',
  [xServer]: core,
  [`${xServerModules}/drivers/dummy_drv.so`]: dummy,
  [`${xServerModules}/extensions/libvnc.so`]: rfb,
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
  const tree = images.tree(image)
  if (!(await exists(join(tree, xServer)))) throw ofBefore(image)
  return tree
}

/** Images that were made for a version with another X server are kept, and say so. */
const ofBefore = (image: string) =>
  new DriverError(
    'AMI_VALIDATION_ERROR',
    `the image ${image} was made for an earlier version and lacks an X server that this one uses: make it again, with ${xServerPackages.join(', ')}`,
  )

const assertPrograms = async (programs: Readonly<Record<string, string>>) => {
  const lacking = await Promise.all(
    Object.entries(programs).map(async ([program, debianPackage]) =>
      (await can(program, constants.R_OK)) ? [] : debianPackage,
    ),
  )
  const missing = new Set(lacking.flat())
  if (missing.size > 0)
    throw new DriverError(
      'AMI_VALIDATION_ERROR',
      `the host lacks programs that a workstation needs: apt-get install --no-install-recommends ${[...missing].join(' ')}`,
    )
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
