/**
 * What a workstation sees: the programs of an image or of this host, read-only, its own home, and nothing else of
 * the host: no network, no other process, no other home, no socket. Every line here opens something; what is not
 * named is closed.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { sessionScript } from './processes.ts'
import { ownEtc, systemArguments } from './system.ts'

export interface Sandbox {
  /** The place and the machine, by which the processes are found again. */
  place: string
  machine: string
  /** Folder with the session script, the made-up files of `/etc` and the look of the desktop. */
  desktop: string
  /** Folder in which the X server makes its socket `rfb`, and the session the file `ready`. */
  socketFolder: string
  /** Tree of the volume, with the folders `home` and `tmp`. */
  tree: string
  /** Tree of the image; undefined for the host's own programs. */
  image: string | undefined
  memoryMiB: number
  clipboard: boolean
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
  GTK2_RC_FILES: '/etc/atelier/gtkrc',
  XENVIRONMENT: '/etc/atelier/Xresources',
  // Without it every GTK program waits for an accessibility bus that is not there.
  NO_AT_BRIDGE: '1',
}

/** Read-only unless the option says otherwise; in this order, because later ones lie over earlier ones. */
export const bubblewrapArguments = (sandbox: Sandbox): string[] => [
  ...['--unshare-all', '--unshare-user', '--disable-userns', '--new-session', '--as-pid-1'],
  ...['--uid', '1000', '--gid', '1000', '--hostname', hostnameOf(sandbox.machine), '--clearenv', '--chdir', '/'],
  ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ...systemArguments(sandbox.image),
  ...['--proc', '/proc', '--dev', '/dev'],
  ...['--size', String(sandbox.memoryMiB * 2 ** 19), '--perms', '1777', '--tmpfs', '/tmp'],
  ...['--perms', '0755', '--dir', '/run', '--perms', '0700', '--tmpfs', '/run/user/1000'],
  ...ownEtc(sandbox.image).flatMap(name => ['--ro-bind', join(sandbox.desktop, 'etc', name), `/etc/${name}`]),
  ...['--ro-bind', join(sandbox.desktop, 'icewm'), '/etc/X11/icewm'],
  ...['--ro-bind', sandbox.desktop, '/etc/atelier'],
  ...['--bind', join(sandbox.tree, 'home'), '/home/artist', '--bind', join(sandbox.tree, 'tmp'), '/var/tmp'],
  ...['--bind', sandbox.socketFolder, '/run/desktop'],
  ...['--remount-ro', '/'],
  ...['--', '/bin/sh', sessionScript, sandbox.place, sandbox.machine, ...serverArguments(sandbox.clipboard)],
]

/**
 * The X server listens on two sockets in the file system and nowhere else: no TCP port, no abstract name. All its
 * RFB clients come from one "host", so a blacklist would lock everybody out after a few that left early.
 */
export const serverArguments = (clipboard: boolean): string[] => [
  ...['-geometry', '1920x1080', '-depth', '24', '-dpi', '96', '-noreset', '-br', '-s', '0', '-quiet'],
  ...['-nolisten', 'tcp', '-nolisten', 'local', '-rfbport', '-1', '-rfbunixpath', '/run/desktop/rfb'],
  ...['-rfbunixmode', '0600', '-SecurityTypes', 'None', '-UseBlacklist=0', '-AlwaysShared', '-AcceptSetDesktopSize'],
  // Selecting text is not copying it; and no program inside may switch on what is off here.
  ...['-desktop', 'Workstation', '-SendPrimary=0', '-SetPrimary=0', '-AllowOverride='],
  ...(clipboard ? [] : ['-SendCutText=0', '-AcceptCutText=0']),
]

/** Short, as hosts' names must be, and telling nothing. */
const hostnameOf = (machine: string) => `ws-${hash('sha256', machine).slice(0, 10)}`
