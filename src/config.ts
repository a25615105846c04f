/**
 * Every setting: its variable, default, accepted form and meaning. Nobody else reads the environment.
 * A default is written as a user would write it, so that it passes the same check.
 */
import { isIP } from 'node:net'
import {
  address,
  addresses,
  directories,
  duration,
  type Form,
  folder,
  matching,
  oneOf,
  origin,
  repository,
  shares,
  wholeNumber,
  words,
} from './config-forms.ts'

/** A setting that cannot be used: one line with the variable, what is wrong with its value, and the accepted form. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

interface Setting<T> {
  /** As a user writes it; '' for none. */
  default: string
  form: Form<T>
  meaning: string
}

const setting = <T>(standard: string, form: Form<T>, meaning: string): Setting<T> => ({
  default: standard,
  form,
  meaning,
})

export const settings = {
  ATELIER_HOME: setting('~/.atelier', folder, 'All data: database, volumes, keys. Readable by its owner only'),
  ATELIER_HOST: setting('127.0.0.1', address, 'The address that portal and API listen on'),
  ATELIER_PORT: setting('7070', wholeNumber(0, 65_535), 'The port of portal and API; 0 takes one that is free'),
  ATELIER_PUBLIC_URL: setting('', origin, 'Where browsers find the portal; without it, http:// with host and port'),
  ATELIER_TRUSTED_PROXIES: setting(
    '',
    addresses,
    'Proxies that say truly who calls (X-Forwarded-For); without it, those of this machine if the public URL is https',
  ),
  ATELIER_DRIVER: setting('local', oneOf('local', 'simulated'), 'Where workstations run: on this host, or nowhere'),
  ATELIER_REGION: setting(
    'us-west-2',
    matching(/^[a-z]{2}(-[a-z]+){1,2}-[0-9]$/, 'the name of a region such as us-west-2'),
    'The region that ids, ARNs and signatures carry',
  ),
  ATELIER_ACCOUNT_ID: setting('000000000000', matching(/^\d{12}$/, '12 digits'), 'The account that ARNs carry'),
  ATELIER_LOG_LEVEL: setting(
    'info',
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace'),
    'The least urgent lines that the log keeps',
  ),

  ATELIER_CREATE_LIMIT: setting('15m', duration, 'A session that is not READY by then becomes CREATE_FAILED'),
  ATELIER_START_LIMIT: setting('15m', duration, 'A session that is not READY by then becomes START_FAILED'),
  ATELIER_STOP_LIMIT: setting('10m', duration, 'A session that is not STOPPED by then becomes STOP_FAILED'),
  ATELIER_DELETE_LIMIT: setting('10m', duration, 'A session that is not DELETED by then becomes DELETE_FAILED'),

  ATELIER_DELETED_RETENTION: setting('24h', duration, 'How long what was deleted can still be read'),
  ATELIER_BACKUP_INTERVAL: setting('4h', duration, 'How often the volume of a running session is backed up'),
  ATELIER_BACKUP_RETENTION: setting('7d', duration, 'How long backups outlive their session'),
  ATELIER_BACKUP_REPOSITORY: setting(
    '',
    repository,
    'The restic repository that backups are copied to; without it, none',
  ),
  ATELIER_BACKUP_PASSWORD_FILE: setting(
    '',
    folder,
    'The file with the password of that repository, closed to other users',
  ),
  ATELIER_BACKUP_SSH_CONFIG: setting(
    '',
    matching(/^\/[\w./-]+$/, 'an absolute path of letters, digits and ._-'),
    "What ssh reads, for a repository on another host, instead of the server's own ~/.ssh/config",
  ),

  ATELIER_POOL_SHARE: setting(
    '80',
    wholeNumber(1, 95),
    'Percent of the disk that volumes may take, of what is free and what they have',
  ),
  ATELIER_CPU_OVERCOMMIT: setting('4', wholeNumber(1, 100), 'Virtual CPUs promised for each CPU of a host'),

  ATELIER_QUOTA_SESSIONS: setting('100', wholeNumber(0, 1_000_000), 'Sessions of a studio that are not DELETED'),
  ATELIER_QUOTA_LAUNCH_PROFILES: setting('50', wholeNumber(0, 1_000_000), 'Launch profiles of a studio'),
  ATELIER_QUOTA_CUSTOM_IMAGES: setting('10', wholeNumber(0, 1_000_000), 'Streaming images of a studio'),
  ATELIER_QUOTA_SHARED_FILE_SYSTEMS: setting('10', wholeNumber(0, 1_000_000), 'Shared file systems of a studio'),

  ATELIER_DIRECTORIES: setting('', directories, 'Where Active Directories answer, for the validation of profiles'),
  ATELIER_SUBNETS: setting('', words, 'The subnets that launch profiles may name; without it, any'),

  ATELIER_SHARES: setting('', shares, 'The folders of this host that workstations may see, by the name of the share'),
  ATELIER_SHARES_GROUP: setting(
    '',
    matching(/^([a-z_][a-z0-9_-]{0,31}|[1-9]\d{0,9})$/, 'the name or the number of a group that is not root'),
    'A group of this host that workstations with shares are in, to share files among artists',
  ),
  ATELIER_SCRIPT_LIMIT: setting('5m', duration, 'How long each initialization script of a workstation may take'),

  ATELIER_THROTTLE_READS: setting(
    '200',
    wholeNumber(1, 1_000_000),
    'Reads per second of one caller, ten seconds saved up',
  ),
  ATELIER_THROTTLE_CHANGES: setting(
    '50',
    wholeNumber(1, 1_000_000),
    'Changes per second of one caller, ten seconds saved up',
  ),
}

type Settings = typeof settings
type Value<Name extends keyof Settings> = Settings[Name] extends Setting<infer T> ? T : never

export type Config = ReturnType<typeof readConfig>

/** @throws ConfigError for the first setting that has another form, and for a variable of ours that is no setting. */
export const readConfig = (env: Readonly<Record<string, string | undefined>>) => {
  refuseUnknown(env)
  const value = <Name extends keyof Settings>(name: Name) => readSetting(env, name)
  const host = value('ATELIER_HOST')
  const port = value('ATELIER_PORT')
  const home = value('ATELIER_HOME')
  const shares = value('ATELIER_SHARES') ?? new Map()
  refuseOwnData(home, shares)
  /** Without a slash at the end. */
  const publicUrl = value('ATELIER_PUBLIC_URL') ?? defaultPublicUrl(host, port)
  return {
    home,
    host,
    port,
    publicUrl,
    // TLS is a proxy's, on this machine where nothing else is said.
    trustedProxies: value('ATELIER_TRUSTED_PROXIES') ?? (publicUrl.startsWith('https:') ? ['127.0.0.0/8', '::1'] : []),
    driver: value('ATELIER_DRIVER'),
    region: value('ATELIER_REGION'),
    accountId: value('ATELIER_ACCOUNT_ID'),
    logLevel: value('ATELIER_LOG_LEVEL'),
    /** In milliseconds, by the name that a lifecycle table uses. */
    limits: {
      createLimit: value('ATELIER_CREATE_LIMIT'),
      startLimit: value('ATELIER_START_LIMIT'),
      stopLimit: value('ATELIER_STOP_LIMIT'),
      deleteLimit: value('ATELIER_DELETE_LIMIT'),
    },
    deletedRetentionMs: value('ATELIER_DELETED_RETENTION'),
    backupIntervalMs: value('ATELIER_BACKUP_INTERVAL'),
    backupRetentionMs: value('ATELIER_BACKUP_RETENTION'),
    /** Where copies of backups are kept; undefined: nowhere. */
    repository: readRepository(value),
    cpuOvercommit: value('ATELIER_CPU_OVERCOMMIT'),
    quotas: {
      sessions: value('ATELIER_QUOTA_SESSIONS'),
      launchProfiles: value('ATELIER_QUOTA_LAUNCH_PROFILES'),
      customImages: value('ATELIER_QUOTA_CUSTOM_IMAGES'),
      sharedFileSystems: value('ATELIER_QUOTA_SHARED_FILE_SYSTEMS'),
      /** Fixed: a workstation joins one domain. */
      activeDirectories: 1,
    },
    network: {
      directories: value('ATELIER_DIRECTORIES') ?? new Map(),
      subnets: value('ATELIER_SUBNETS') ?? [],
    },
    workstations: {
      /** 0 to 1. */
      poolShare: value('ATELIER_POOL_SHARE') / 100,
      shares,
      shareGroup: value('ATELIER_SHARES_GROUP') || undefined,
      scriptLimitMs: value('ATELIER_SCRIPT_LIMIT'),
    },
    throttle: {
      readsPerSecond: value('ATELIER_THROTTLE_READS'),
      changesPerSecond: value('ATELIER_THROTTLE_CHANGES'),
    },
  }
}

const readRepository = (value: <Name extends keyof Settings>(name: Name) => Value<Name>) => {
  const location = value('ATELIER_BACKUP_REPOSITORY')
  // A setting that is not set is undefined, whatever the type of its form.
  const passwordFile = value('ATELIER_BACKUP_PASSWORD_FILE') as string | undefined
  if (!location) return undefined
  if (passwordFile === undefined)
    throw new ConfigError('ATELIER_BACKUP_REPOSITORY is set, and so ATELIER_BACKUP_PASSWORD_FILE must be')
  return { location, passwordFile, sshConfig: value('ATELIER_BACKUP_SSH_CONFIG') as string | undefined }
}

/** The address that a browser on this machine can open; a server that listens everywhere is also here. */
export const defaultPublicUrl = (host: string, port: number) => {
  const here = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (isIP(host) === 6 ? `[${host}]` : host)
  return `http://${here}:${port}`
}

/** Workstations must not see the keys of the server. */
const refuseOwnData = (home: string, shares: ReadonlyMap<string, { path: string }>): void => {
  for (const { path } of shares.values())
    if (`${home}/`.startsWith(`${path}/`) || path.startsWith(`${home}/`))
      throw new ConfigError('ATELIER_SHARES offers a folder that has to do with ATELIER_HOME, the data of the server')
}

const readSetting = <Name extends keyof Settings>(
  env: Readonly<Record<string, string | undefined>>,
  name: Name,
): Value<Name> => {
  const { default: standard, form } = settings[name]
  const text = env[name] || standard
  const value = text === '' ? undefined : form.read(text)
  if (value === undefined && text !== '') throw new ConfigError(refusal(name, text, form.says, standard))
  return value as Value<Name>
}

const refusal = (name: string, text: string, says: string, standard: string) => {
  if (name === 'ATELIER_DRIVER' && text === 'incus')
    return 'ATELIER_DRIVER is incus, which this version does not have yet: it must be local or simulated'
  // Addresses may hold a password, and this line ends up in logs.
  const shown = text.includes('@') ? 'set' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  return `${name} is ${shown}, but must be ${says}${standard && ` (default: ${standard})`}`
}

const refuseUnknown = (env: Readonly<Record<string, string | undefined>>) => {
  const unknown = Object.keys(env).find(name => name.startsWith('ATELIER_') && !Object.hasOwn(settings, name))
  if (unknown) throw new ConfigError(`${unknown} is not a setting: \`npx atelier help settings\` lists them`)
}
