/** The forms that settings have: how each is written, and what it becomes. */
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { isAbsolute, join, normalize } from 'node:path'
import { type Location, readLocation } from './compute/repository/location.ts'

/** Lengths of time, in milliseconds. */
export type Milliseconds = number

export interface Form<T> {
  /** Completes "must be …". */
  says: string
  /** Undefined when the text has another form. */
  read(text: string): T | undefined
}

export const wholeNumber = (least: number, most: number): Form<number> => ({
  says: `a whole number from ${least} to ${most}`,
  read: text => (/^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined),
})

const units: Record<string, Milliseconds> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export const duration: Form<Milliseconds> = {
  says: 'a length of time such as 90s, 15m, 24h or 7d, at most 3650d',
  read: text => {
    const [, amount, unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? []
    const milliseconds = Number(amount) * (units[unit] ?? Number.NaN)
    return milliseconds <= 3650 * 86_400_000 ? milliseconds : undefined
  },
}

export const oneOf = <T extends string>(...values: T[]): Form<T> => ({
  says: values.join(' or '),
  read: text => values.find(value => value === text),
})

export const matching = (pattern: RegExp, says: string): Form<string> => ({
  says,
  read: text => (pattern.test(text) ? text : undefined),
})

export const folder: Form<string> = {
  says: 'an absolute path, or one that begins with ~/',
  read: text => {
    const path = text.startsWith('~/') ? join(homedir(), text.slice(2)) : text
    return isAbsolute(path) && !path.includes('\0') ? join(normalize(path), '.') : undefined
  },
}

export const address: Form<string> = {
  says: 'an IP address or a host name of this machine',
  read: text => (isIP(text) > 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text) ? text : undefined),
}

export const origin: Form<string | undefined> = {
  says: 'an address such as https://studio.example.com, without user name, path or query',
  read: text => {
    if (!URL.canParse(text)) return undefined
    const url = new URL(text)
    const bare = /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
    return bare ? url.origin : undefined
  },
}

export const directories: Form<ReadonlyMap<string, { host: string; port: number }> | undefined> = {
  says: 'directory ids with the host and port of each, such as d-0123456789=dc1.studio.lan:389,d-abcdef0123=10.0.0.5:389',
  read: text => {
    const pairs = text
      .split(',')
      .map(pair => /^(d-[0-9a-z]+)=([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(pair.trim()))
    if (pairs.some(pair => pair === null)) return undefined
    return new Map(
      pairs.map(pair => {
        const [, id = '', host = '', port = ''] = pair ?? []
        return [id, { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }]
      }),
    )
  },
}

export const shares: Form<ReadonlyMap<string, { path: string; readOnly: boolean }> | undefined> = {
  says: 'names with a folder of this host each, such as projects=/srv/projects,fs1/assets=/srv/assets:ro',
  read: text => {
    const pairs = text.split(',').map(pair => /^([^=:,\s]+)=(\/[^:,]*[^:,/])\/?(:ro)?$/.exec(pair.trim()))
    if (pairs.some(pair => pair === null || pair[2]?.includes('\0'))) return undefined
    const offered = pairs.map(pair => {
      const [, name = '', path = '', readOnly] = pair ?? []
      return [name, { path: normalize(path), readOnly: readOnly !== undefined }] as const
    })
    return new Set(offered.map(([name]) => name)).size < offered.length ? undefined : new Map(offered)
  },
}

export const repository: Form<Location | undefined> = {
  says: 'an absolute path, sftp:USER@HOST:PATH or sftp://USER@HOST:PORT/PATH',
  read: readLocation,
}

export const words: Form<readonly string[] | undefined> = {
  says: 'words with commas between them',
  read: text => (/^[\w-]+(\s*,\s*[\w-]+)*$/.test(text) ? text.split(',').map(word => word.trim()) : undefined),
}

export const addresses: Form<readonly string[] | undefined> = {
  says: 'IP addresses, or networks such as 10.0.0.0/8, with commas between them',
  read: text => {
    const given = text.split(',').map(part => part.trim())
    const isNetwork = (part: string) => {
      const [ip = '', bits = '0', ...rest] = part.split('/')
      return isIP(ip) > 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(ip) === 4 ? 32 : 128)
    }
    return given.every(isNetwork) ? given : undefined
  },
}
