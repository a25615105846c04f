/**
 * What a workstation sees: the programs of an image or of this host, read-only, its own home, and nothing else of
 * the host: no network, no other process, no other home, no socket. Every line here opens something; what is not
 * named is closed.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { xServerModules } from './image.ts'
import { sessionScript } from './processes.ts'
import { type StreamerProgram, streamerArguments } from './streamer.ts'
import { ownEtc, systemArguments } from './system.ts'

export interface Sandbox {
  /** The place and the machine, by which the processes are found again. */
  place: string
  machine: string
  /** Folder with the session script, the made-up files of `/etc` and the look of the desktop. */
  desktop: string
  /** Folder in which the X server makes its socket `rfb`, the streamer `stream`, and the session the file `ready`. */
  socketFolder: string
  /** Tree of the volume, with the folders `home` and `tmp`. */
  tree: string
  /** Tree of the image; undefined for the host's own programs. */
  image: string | undefined
  memoryMiB: number
  clipboard: boolean
  streamer?: StreamerProgram | undefined
  /** Device files of the host's GPUs, for a machine that has some. */
  devices?: readonly string[] | undefined
  hostname?: string
  /** File that is seen as `/etc/hosts`, with that name in it. */
  hosts?: string
  shares?: readonly Mount[]
  /** Folder with initialization scripts, shown as `/run/setup`. */
  setup?: string | undefined
  /** Runs the system's scripts and ends, instead of a desktop: as root, who may write to `/var/local`. */
  isSystem?: boolean
}

/** A folder of the host and where it is seen inside. */
export interface Mount {
  source: string
  at: string
  readOnly: boolean
}

const environment = {
  HOME: '/home/artist',
  USER: 'artist',
  LOGNAME: 'artist',
  SHELL: '/bin/bash',
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/games',
  LANG: 'C.UTF-8',
  DISPLAY: ':1',
  XDG_RUNTIME_DIR: '/run/user/1000',
  XDG_CONFIG_DIRS: '/etc/atelier/xdg:/etc/xdg',
  DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
  PULSE_CLIENTCONFIG: '/etc/atelier/sound/client.conf',
  ALSA_CONFIG_PATH: '/etc/atelier/sound/asound.conf',
  GTK2_RC_FILES: '/etc/atelier/gtkrc',
  XENVIRONMENT: '/etc/atelier/Xresources',
  // Without it every GTK program waits for an accessibility bus that is not there.
  NO_AT_BRIDGE: '1',
}

/** Names that no component may give another value. */
export const ownVariables: readonly string[] = Object.keys(environment)

const { LANG, SHELL } = environment
const systemEnvironment = {
  ...{ HOME: '/root', USER: 'root', LOGNAME: 'root', LANG, SHELL },
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
}

/** Where the artist's home is seen inside. */
export const home = environment.HOME

/** Read-only unless the option says otherwise; in this order, because later ones lie over earlier ones. */
export const bubblewrapArguments = (sandbox: Sandbox, command = commandOf(sandbox)): string[] => {
  const { machine, desktop, tree, image, hostname = hostnameOf(machine), hosts, shares = [], setup, isSystem } = sandbox
  const id = isSystem ? '0' : '1000'
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--new-session', '--as-pid-1'],
    ...['--uid', id, '--gid', id, '--hostname', hostname, '--clearenv', '--chdir', '/'],
    ...Object.entries(isSystem ? systemEnvironment : environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...systemArguments(image),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...(sandbox.devices ?? []).flatMap(path => ['--dev-bind', path, path]),
    ...['--size', String(sandbox.memoryMiB * 2 ** 19), '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--perms', '0755', '--dir', '/run', '--perms', '0700', '--tmpfs', isSystem ? '/root' : '/run/user/1000'],
    ...ownEtc(image).flatMap(name => ['--ro-bind', join(desktop, 'etc', name), `/etc/${name}`]),
    ...(hosts === undefined ? [] : ['--ro-bind', hosts, '/etc/hosts']),
    ...['--ro-bind', join(desktop, 'icewm'), '/etc/X11/icewm'],
    ...['--ro-bind', desktop, '/etc/atelier'],
    ...['--bind', join(tree, 'home'), home, '--bind', join(tree, 'tmp'), '/var/tmp'],
    ...[isSystem ? '--bind' : '--ro-bind-try', join(tree, 'system'), '/var/local'],
    ...shares.flatMap(({ source, at, readOnly }) => [readOnly ? '--ro-bind' : '--bind', source, at]),
    ...(setup === undefined ? [] : ['--ro-bind', setup, '/run/setup']),
    ...(isSystem ? [] : ['--bind', sandbox.socketFolder, '/run/desktop', ...streamerArguments(sandbox.streamer)]),
    ...['--remount-ro', '/'],
    ...['--', ...command],
  ]
}

const commandOf = ({ place, machine, clipboard, isSystem }: Sandbox): string[] => [
  ...['/bin/sh', ...(isSystem ? ['/etc/atelier/scripts'] : []), sessionScript, place, machine],
  ...(isSystem ? [] : serverArguments(clipboard)),
]

/**
 * The X server listens on sockets in the file system and nowhere else: no TCP port, no abstract name. What RFB may do,
 * and the pens, are in `desktop/xorg.conf`, in which there is one screen with the clipboard and one without.
 */
export const serverArguments = (clipboard: boolean): string[] => [
  ...['-config', '/etc/atelier/xorg.conf', '-screen', clipboard ? 'clipboard' : 'no-clipboard'],
  ...['-modulepath', `${xServerModules},/etc/atelier/modules`],
  ...['-logfile', '/dev/null', '-nolisten', 'tcp', '-nolisten', 'local'],
  // Browsers say each repetition of a key. The server would repeat one whose end the network holds up, too.
  ...['-dpi', '96', '-noreset', '-br', '-s', '0', '-dpms', '-r'],
]

/** Short, as hosts' names must be, and telling nothing. */
const hostnameOf = (machine: string) => `ws-${hash('sha256', machine).slice(0, 10)}`
