import { access, constants } from 'node:fs/promises'
import { DriverError } from '../driver.ts'

/** This host's own programs: the one image that is always there. */
export const hostImage = 'ami-host'

/** What a desktop cannot do without, and the Debian package that has it. */
const needed = {
  '/usr/bin/bwrap': 'bubblewrap',
  '/usr/bin/Xtigervnc': 'tigervnc-standalone-server',
  '/usr/bin/xkbcomp': 'x11-xkb-utils',
  '/usr/bin/icewm': 'icewm',
}

/** The image has what a workstation needs, or an error names what is missing. */
export const checkImage = async (image: string): Promise<void> => {
  if (image !== hostImage)
    throw new DriverError(
      'AMI_VALIDATION_ERROR',
      `this server has no image "${image}": use ${hostImage}, the programs of the host itself`,
    )
  const missing = []
  for (const [program, debianPackage] of Object.entries(needed))
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
