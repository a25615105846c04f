/**
 * What a workstation has of programs and their settings, as arguments of bubblewrap: of the host itself piece by piece,
 * because a host has secrets; of an image everything. All of it read-only.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Of the host's `/etc`, what programs need and what holds no secret. Each only where it exists. */
const sharedEtc = [
  'alternatives',
  'chromium',
  'chromium.d',
  'debian_version',
  'fonts',
  'gimp',
  'glvnd',
  'gtk-2.0',
  'gtk-3.0',
  'ImageMagick-6',
  'inputrc',
  'java-17-openjdk',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'locale.alias',
  'localtime',
  'magic',
  'mime.types',
  'OpenCL',
  'os-release',
  'papersize',
  'protocols',
  'pulse/client.conf',
  'python3',
  'python3.11',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'terminfo',
  'timezone',
  'vim',
  'vulkan',
  'xdg',
  'X11/app-defaults',
  'X11/fonts',
  'X11/rgb.txt',
  'X11/xkb',
]

/** Made up for every workstation: who there is, and which hosts. */
const accounts = ['passwd', 'group', 'nsswitch.conf', 'hosts']

/** An image says itself how its shells begin; of a host that is nobody's business. */
const shells = ['bash.bashrc', 'profile']

/** The folders where programs are: links into `/usr` on most systems, folders of their own on a few. */
const programFolders = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']

/** What every workstation has of its own, whatever an image has there; and what is for machines with a boot loader. */
export const ownFolders = [
  'boot',
  'dev',
  'home',
  'lost+found',
  'media',
  'mnt',
  'proc',
  'root',
  'run',
  'srv',
  'sys',
  'tmp',
]

/**
 * What the sandbox lays over an image. As its places cannot be made in what is read-only, the image has them, and
 * has no link on the way to one, which could lead out of it.
 */
export const placesInImage = {
  folders: [
    ...['usr', 'etc', 'etc/atelier', 'etc/X11', 'etc/X11/icewm', 'var', 'var/cache', 'var/cache/fontconfig'],
    ...['var/local', 'var/tmp'],
  ],
  files: accounts.map(name => `etc/${name}`),
}

/** `image` is the tree of one; without it, the host's own system. */
export const systemArguments = (image: string | undefined): string[] =>
  image === undefined ? hostSystem() : imageSystem(image)

/** The files of `/etc` that the workstation has from the driver's own folder. */
export const ownEtc = (image: string | undefined): string[] =>
  image === undefined ? [...accounts, ...shells] : accounts

/** The programs of the host, without any settings. */
export const hostPrograms = (): string[] => [
  ...['--ro-bind', '/usr', '/usr', ...programLinks('/')],
  ...programFolders.flatMap(name => (isFolder(`/${name}`) ? ['--ro-bind', `/${name}`, `/${name}`] : [])),
]

const hostSystem = (): string[] => [
  ...hostPrograms(),
  ...sharedEtc.flatMap(name => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
  ...['--ro-bind-try', '/var/cache/fontconfig', '/var/cache/fontconfig'],
]

const imageSystem = (tree: string): string[] => [
  ...programLinks(tree),
  ...readdirSync(tree, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !ownFolders.includes(entry.name))
    .flatMap(({ name }) => ['--ro-bind', join(tree, name), `/${name}`]),
]

/** Only into `/usr`: of other links nobody knows where they lead while the sandbox is being made. */
const programLinks = (root: string): string[] =>
  programFolders.flatMap(name => {
    if (!lstatSync(join(root, name), { throwIfNoEntry: false })?.isSymbolicLink()) return []
    const [, target] = /^\/?(usr\/[a-z0-9]+)$/.exec(readlinkSync(join(root, name))) ?? []
    return target === undefined ? [] : ['--symlink', target, `/${name}`]
  })

const isFolder = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
