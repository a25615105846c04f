/** What `atelier image build` is told, and what a desktop is made of when nothing else is said. */
import { DriverError } from '../../driver.ts'
import { xServerPackages } from '../image.ts'

export interface Recipe {
  /** Release of Debian, such as `bookworm`. */
  suite: string
  /** Where its packages are: http or https, without user name or password. */
  mirror: string
  /** Beyond those of the desktop. */
  packages: readonly string[]
}

export const standardRecipe: Recipe = { suite: 'bookworm', mirror: 'http://deb.debian.org/debian', packages: [] }

/** A desktop as the host's own is: X server, window manager with its menu, terminal, files, editor, sound, fonts, icons. */
export const desktopPackages: readonly string[] = [
  ...[...xServerPackages, 'x11-xkb-utils', 'xkb-data', 'libgl1-mesa-dri', 'icewm', 'dbus-daemon'],
  ...['pulseaudio', 'libyuv0', 'procps', 'less', 'nano', 'ca-certificates'],
  ...['lxterminal', 'xterm', 'pcmanfm', 'l3afpad'],
  ...['fonts-dejavu-core', 'adwaita-icon-theme', 'gnome-themes-extra', 'librsvg2-common', 'shared-mime-info'],
]

const forms = {
  suite: /^[a-z][a-z0-9-]{0,40}$/,
  package: /^[a-z0-9][a-z0-9+.-]{1,100}$/,
}

/** What becomes an argument or a line of a file has the form of what it claims to be. */
export const checkRecipe = ({ suite, mirror, packages }: Recipe): void => {
  if (!forms.suite.test(suite)) throw unusable(`${JSON.stringify(suite)} is not the name of a release of Debian`)
  const odd = packages.find(name => !forms.package.test(name))
  if (odd !== undefined) throw unusable(`${JSON.stringify(odd)} is not the name of a Debian package`)
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || /\s/.test(mirror))
    throw unusable('the mirror must be an http or https address without user name and password')
}

const unusable = (why: string) => new DriverError('AMI_VALIDATION_ERROR', `the recipe cannot be used: ${why}`)

/** `sources.list`: Debian's own mirrors also have updates, and security updates beside them. */
export const packageSources = ({ suite, mirror }: Recipe): string => {
  const lines = [`deb ${mirror} ${suite} main`]
  if (mirror === standardRecipe.mirror && suite !== 'sid')
    lines.push(`deb ${mirror} ${suite}-updates main`, `deb ${mirror}-security ${suite}-security main`)
  return `${lines.join('\n')}\n`
}
