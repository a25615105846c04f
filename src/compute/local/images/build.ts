/**
 * A desktop made from Debian's packages: `debootstrap` makes the base system, its own apt installs the rest. Both run
 * as root in namespaces of their own, in which alone anything is mounted: when the build ends, however it ends, the
 * kernel ends every process and takes every mount away.
 */
import { hash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverError } from '../../driver.ts'
import { exists } from '../../shelf.ts'
import { gib } from '../room.ts'
import { run } from '../run.ts'
import { imageUser } from './jail.ts'
import { JobFailure, runJob } from './job.ts'
import { checkRecipe, desktopPackages, packageSources, type Recipe } from './recipe.ts'
import { makeTree, type Workshop } from './unpack.ts'

/** Ends with this process, even where that has no time to say so, and then everything inside ends. */
const isolation = [
  ...['setpriv', '--pdeathsig', 'KILL', '--'],
  ...['unshare', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--propagation', 'private', '--'],
]

/**
 * Arguments: the tree, the cache, the packages. The cache is apt's own while it works. What dpkg writes need not be on
 * the disk at once: the image is, before it counts.
 */
const installing = `
tree=$1 cache=$2; shift 2
export DEBIAN_FRONTEND=noninteractive
mount -t proc proc "$tree/proc"
mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
mount --bind -- "$cache" "$tree/var/cache/apt/archives"
for name in resolv.conf hosts; do
  rm -f "$tree/etc/$name"; : >"$tree/etc/$name"; mount --bind -- "/etc/$name" "$tree/etc/$name"
done
apt() {
  chroot "$tree" apt-get -q -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true \
    -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io "$@"
}
apt update
apt upgrade
apt install -- "$@"`

/** Services that packages bring along must not start while a system is only being made. */
const noServices = '#!/bin/sh\nexit 101\n'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** Of a desktop without any further packages. */
const leastBytes = gib
const limitMs = 2 * 60 * 60_000

export interface Built {
  /** Of the recipe and of every package with its version: the same packages make the same image. */
  digest: string
  packages: number
}

/** Fills the tree of the box. `cache` is a folder that keeps packages for the next build. */
export const build = async (recipe: Recipe, cache: string, workshop: Workshop): Promise<Built> => {
  checkRecipe(recipe)
  await assertTools()
  await mkdir(join(cache, 'partial'), { recursive: true, mode: 0o755 })
  const { signal, report } = workshop
  const tree = await makeTree(workshop, leastBytes)
  const isolated = (stage: string, args: readonly string[]) =>
    runStage(stage, [...isolation, ...args], { signal, report })

  report(`base system: ${recipe.suite} from ${recipe.mirror}`)
  const keys = (await exists(keyring)) ? [`--keyring=${keyring}`] : ['--force-check-gpg']
  const base = ['--variant=minbase', `--cache-dir=${cache}`, ...keys, recipe.suite, tree, recipe.mirror]
  await isolated('debootstrap', ['debootstrap', ...base])

  const packages = [...desktopPackages, ...recipe.packages]
  report(`packages: ${packages.join(' ')}`)
  await writeFile(join(tree, 'etc/apt/sources.list'), packageSources(recipe))
  await writeFile(join(tree, 'usr/sbin/policy-rc.d'), noServices, { mode: 0o755 })
  await isolated('apt-get', ['sh', '-e', '-c', installing, 'sh', tree, cache, ...packages])

  // Without a format of its own: name and version.
  const installed = await run('dpkg-query', ['--admindir', join(tree, 'var/lib/dpkg'), '--show'])
  const unwanted = ['var/lib/apt/lists', 'var/cache/apt', 'usr/sbin/policy-rc.d']
  await run('rm', ['-rf', '--', ...unwanted.map(path => join(tree, path))])
  // What is done to an image from here on is done by the user whose it is.
  await run('chown', ['-R', '--no-dereference', '--', `${imageUser}:${imageUser}`, tree], 10 * 60_000)
  return {
    digest: hash('sha256', `${recipe.suite} ${recipe.mirror}\n${installed}`),
    packages: installed.trim().split('\n').length,
  }
}

const assertTools = async () => {
  if (process.getuid?.() !== 0)
    throw new DriverError('AMI_VALIDATION_ERROR', 'only root can build an image; anybody can import one')
  if (!(await exists('/usr/sbin/debootstrap')))
    throw new DriverError(
      'INTERNAL_ERROR',
      'this host lacks debootstrap: apt-get install --no-install-recommends debootstrap',
    )
}

const everyMs = 2000

/** Tells at most every two seconds what is being done, so that a person sees it go on. */
const runStage = async (
  stage: string,
  [program = '', ...args]: readonly string[],
  { signal, report }: Pick<Workshop, 'signal' | 'report'>,
) => {
  let toldAt = performance.now()
  const onLine = (line: string) => {
    if (performance.now() - toldAt < everyMs) return
    toldAt = performance.now()
    report(`  ${line.replace(/^I: /, '')}`)
  }
  try {
    await runJob({ program, args, signal, onLine, limitMs })
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error
    throw new DriverError('AMI_VALIDATION_ERROR', `${stage} failed: ${error.said || error.message}`, { cause: error })
  }
}
