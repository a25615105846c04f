/** Folders of the host that its operator lets workstations see. Nothing else of the host can be asked for. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { DriverError, type Share } from '../driver.ts'
import { exists, lookAt } from '../shelf.ts'
import { home, type Mount } from './sandbox.ts'
import { ownFolders } from './system.ts'

export interface OfferedShare {
  /** Absolute path of a folder of the host. */
  path: string
  readOnly: boolean
}

export interface ShareUser {
  /** User and group of the host that programs of the machine are; undefined for the server's own. */
  uid: number | undefined
  group: string | undefined
  /** The artist's home, on the volume of a machine that does not run. */
  homeTree: string
  /** Tree of the image; undefined for the host's own programs. */
  image: string | undefined
}

/** @throws NETWORK_CONNECTION_ERROR for a share that is not offered, not there, or cannot be where it is asked for. */
export const findShares = async (
  offered: ReadonlyMap<string, OfferedShare>,
  wanted: readonly Share[],
  user: ShareUser,
): Promise<Mount[]> => {
  const mounts: Mount[] = []
  for (const share of wanted) {
    const found = share.names.map(name => offered.get(name)).find(each => each !== undefined)
    if (!found)
      throw refused(
        share,
        'is not one that this server offers: whoever runs it allows shares by name, in ATELIER_SHARES',
      )
    const at = share.mountPoint.replace(/^\$HOME(?=\/)/, home)
    if (!isFree(at) || (await isInImage(user.image, at)))
      throw refused(share, 'cannot be mounted where the workstation has files of its own')
    if (mounts.some(mount => isWithin(at, mount.at) || isWithin(mount.at, at)))
      throw refused(share, 'cannot be mounted there: it would hide another share, or lie in one')
    if (isWithin(at, home) && !(await isPlainPath(user.homeTree, at.slice(home.length + 1))))
      throw refused(share, 'cannot be mounted there: the home has a file or a link of that name')
    if (!(await mayUse(found.path, user, ['-r', '-x'])))
      throw refused(
        share,
        'is not there, or closed to workstations, on the host: whoever runs the server can mend that',
      )
    mounts.push({ source: found.path, at, readOnly: found.readOnly })
  }
  return mounts
}

const refused = ({ component, title }: Share, why: string) =>
  new DriverError('NETWORK_CONNECTION_ERROR', `the shared file system of the component ${component} ${why}`, {
    told: `${title} ${why}.`,
  })

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)

/** Folders whose contents are the workstation's own. Shares are beside them, and in the artist's home. */
const taken = /^\/(bin|boot|dev|etc|home|lib|lib32|lib64|libx32|opt|proc|root|run|sbin|sys|tmp|usr|var)(\/|$)/

const isFree = (path: string): boolean => {
  const names = path.split('/').slice(1)
  const isWhole = path.startsWith('/') && names.every(name => name !== '' && name !== '.' && name !== '..')
  return isWhole && (path.startsWith(`${home}/`) || !taken.test(path))
}

/** What an image has is read-only, so no place can be made in it. */
const isInImage = async (image: string | undefined, path: string): Promise<boolean> => {
  const [, top = ''] = path.split('/')
  return image !== undefined && !ownFolders.includes(top) && (await exists(join(image, top)))
}

/** Whether what is there of the path is folders: a link that the artist has made is not followed. */
const isPlainPath = async (tree: string, path: string): Promise<boolean> => {
  let folder = tree
  for (const name of path.split('/')) {
    folder = join(folder, name)
    const found = await lookAt(folder)
    if (!found) return true
    if (!found.isDirectory()) return false
  }
  return true
}

const execute = promisify(execFile)

/** A file server that is gone keeps whoever asks waiting for ever, so it is a process of its own that asks. */
const patienceMs = 5000

/** Whether it is a folder that the user may do all of this with: the words that `test` has for it. */
export const mayUse = async (
  path: string,
  { uid, group }: Pick<ShareUser, 'uid' | 'group'>,
  rights: readonly ('-r' | '-w' | '-x')[],
): Promise<boolean> => {
  const test = ['test', '-d', path, ...rights.flatMap(right => ['-a', right, path])]
  const groups = group === undefined ? '--clear-groups' : `--groups=${group}`
  const [program = '', ...args] =
    uid === undefined ? test : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, groups, '--', ...test]
  const asked = execute(program, args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeout: patienceMs }).then(
    () => true,
    error => {
      // `setpriv` says what it cannot do; `test` says nothing.
      if (error.stderr) throw new DriverError('INTERNAL_ERROR', `a share cannot be looked at: ${error.stderr.trim()}`)
      return false
    },
  )
  return await Promise.race([asked, pause(patienceMs + 500, false, { ref: false })])
}
