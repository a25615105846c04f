/** Archives become the tree of an image: each kind by the tool that is kept for it, in a jail. */
import { chmod, chown, copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError } from '../../driver.ts'
import { lookAt } from '../../shelf.ts'
import type { Storage } from '../storage.ts'
import { placesInImage } from '../system.ts'
import { imageUser, runInJail } from './jail.ts'
import { type Job, JobFailure } from './job.ts'
import { chooseImage, imageName, isLayered } from './layers.ts'

export interface Workshop {
  /** Folder that is there for the making of one image, and goes with it when that fails. */
  box: string
  storage: Storage
  signal: AbortSignal
  report: (line: string) => void
}

export type ArchiveKind = 'tar' | 'squashfs' | 'layers'

/** Debian packages by the program that is wanted. */
export const tools = { bsdtar: 'libarchive-tools', unsquashfs: 'squashfs-tools', umoci: 'umoci' } as const

/** A folder that only grows to this, where the storage can hold it to a size: what a bomb can fill. */
const mostGiB = 64

/** The tree of the box, empty, for the user whose all images are. `bytes`: what it will hold at least. */
export const makeTree = async ({ box, storage }: Workshop, bytes: number): Promise<string> => {
  const tree = join(box, 'tree')
  await storage.create(tree, mostGiB, { bytes })
  await chmod(tree, 0o755)
  if (process.getuid?.() === 0) await chown(tree, imageUser, imageUser)
  return tree
}

export const unpack = async (archive: string, workshop: Workshop): Promise<ArchiveKind> => {
  const { box, report, signal } = workshop
  const { size } = await stat(archive)
  const tree = await makeTree(workshop, size)
  if (await isSquashfs(archive)) {
    report('unpacking the squashfs')
    // The user of images may not pass through the folders that the archive is in.
    const copy = join(box, 'archive')
    await copyFile(archive, copy)
    await chmod(copy, 0o444)
    await using(tools.unsquashfs, () =>
      runInJail({ tree, shown: { '/archive': copy } }, ['unsquashfs', ...squashfsOptions, '/archive'], { signal }),
    )
    await rm(copy)
    return 'squashfs'
  }
  report('unpacking the archive')
  await unpackTar(archive, tree, signal)
  if (!(await isLayered(tree))) return 'tar'
  report('unpacking the layers')
  const archived = join(box, 'layers')
  await rename(tree, archived)
  const layout = await chooseImage(archived)
  const source = `/layout:${imageName}`
  await using(tools.umoci, async () =>
    runInJail(
      { tree: await makeTree(workshop, size), shown: { '/layout': layout } },
      ['umoci', 'raw', 'unpack', '--rootless', '--image', source, '/tree'],
      { signal },
    ),
  )
  await workshop.storage.remove(archived)
  return 'layers'
}

/** Owners and rights of the archive's users mean nothing here; devices are no business of an image. */
const tarOptions = [
  ...['--no-same-owner', '--no-same-permissions', '--no-xattrs', '--no-acls', '--no-fflags', '--numeric-owner'],
  ...['--exclude', '^./dev/*', '--exclude', '^dev/*', '--exclude', '^/dev/*'],
]

const squashfsOptions = ['-quiet', '-no-progress', '-no-xattrs', '-force', '-dest', '/tree', '-ex', 'dev/*', ';']

const unpackTar = async (archive: string, tree: string, signal: AbortSignal) => {
  const file = await open(archive)
  try {
    await using(tools.bsdtar, () =>
      runInJail({ tree }, ['bsdtar', '--extract', '--chroot', ...tarOptions, '--file', '-'], {
        signal,
        input: file.fd,
      }),
    )
  } finally {
    await file.close()
  }
}

/** The exit code of a shell for a program that is not there. */
const notFound = 127

/** What a tool says of an archive that it refuses is for the person who gave it. */
const using = async (debianPackage: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error
    if (error.how === notFound)
      throw new DriverError(
        'INTERNAL_ERROR',
        `this host lacks a program: apt-get install --no-install-recommends ${debianPackage}`,
        { cause: error },
      )
    throw new DriverError('AMI_VALIDATION_ERROR', `the archive cannot be unpacked: ${error.said || error.message}`, {
      cause: error,
    })
  }
}

const isSquashfs = async (path: string): Promise<boolean> => {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('latin1') === 'hsqs'
  } finally {
    await file.close()
  }
}

/**
 * What is not a file, folder or link goes, as do the bits that lend the rights of an owner. Then the places are made
 * that a sandbox lays its own things over; `$@` are the folders, and the files after a `--`.
 */
const arranging = `
find . -xdev ! -type f ! -type d ! -type l -delete
find . -xdev ! -type l -perm /7000 -exec chmod a-s,-t {} +
find . -xdev -type d ! -perm -700 -exec chmod u+rwx {} +
chmod a+rx .
while [ "$1" != -- ]; do mkdir -p -- "$1"; chmod a+rx -- "$1"; shift; done; shift
for file; do [ -e "$file" ] || : >"$file"; done`

export const arrange = async (tree: string, signal: Job['signal']): Promise<void> => {
  const { folders, files } = placesInImage
  for (const path of folders) await assertPlain(tree, path, 'folder')
  for (const path of files) await assertPlain(tree, path, 'file')
  await runInJail({ tree }, ['sh', '-e', '-c', arranging, 'sh', ...folders, '--', ...files], { signal })
}

/** Nothing on the way is a link: the sandbox would follow it while it still sees the host. */
const assertPlain = async (tree: string, path: string, kind: 'folder' | 'file') => {
  const names = path.split('/')
  for (const [index] of names.entries()) {
    const part = names.slice(0, index + 1).join('/')
    const found = await lookAt(join(tree, part))
    if (!found) return
    const isLast = index === names.length - 1
    if (isLast && kind === 'file' ? !found.isFile() : !found.isDirectory())
      throw new DriverError('AMI_VALIDATION_ERROR', `the image has something else than a ${kind} at /${part}`)
  }
}
