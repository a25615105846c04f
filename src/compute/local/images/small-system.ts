/** For tests: the smallest root file system that a desktop starts from, made of this host's own files in a second. */
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

const programs = [
  ...['sh', 'bash', 'cat', 'chmod', 'id', 'ls', 'mkdir', 'mkfifo', 'rm', 'sleep', 'tail'],
  ...['xkbcomp', 'icewm', 'icewmbg', 'dbus-daemon'],
]

/** Of the X server. */
const server = '/usr/lib/xorg'
const modules = [
  ...['drivers/dummy_drv.so', 'extensions/libvnc.so', 'extensions/libglx.so'],
  ...['libfbdevhw.so', 'libint10.so', 'libvgahw.so'],
]

const data = [
  '/etc/fonts',
  '/usr/share/fontconfig',
  '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  '/usr/share/X11/xkb',
]

export const makeSmallSystem = async (folder: string): Promise<void> => {
  for (const path of ['etc', 'usr/bin', 'usr/lib', 'usr/lib64', 'usr/share', 'var', 'opt/studio'])
    await mkdir(join(folder, path), { recursive: true, mode: 0o755 })
  for (const name of ['bin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(folder, name))
  await writeFile(join(folder, 'etc/os-release'), 'PRETTY_NAME="Small System 1"\n')
  await writeFile(join(folder, 'opt/studio/notes'), 'from the image\n')

  const files = [
    ...programs.map(name => `/usr/bin/${name}`),
    ...[`${server}/Xorg`, ...modules.map(name => `${server}/modules/${name}`)],
  ]
  const { stdout } = await execute('ldd', files)
  for (const [, library = ''] of stdout.matchAll(/^\s(?:.* => )?(\/\S+) \(0x/gm)) files.push(library)
  for (const file of new Set(files)) {
    // `/lib` is a link on most hosts; in this system always.
    const path = join(folder, await realpath(dirname(file)), file.slice(file.lastIndexOf('/')))
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await copyFile(file, path)
  }
  for (const path of data) await cp(path, join(folder, path), { recursive: true, verbatimSymlinks: true })
}
