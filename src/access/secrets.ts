/**
 * What the installation's master key does: it seals secrets that must be read again, and authenticates what goes out
 * and comes back. Each use has a label, and each label a key of its own, so that what was made for one use is worth
 * nothing in another.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

export interface Secrets {
  /** Encrypted and authenticated, base64url. Sealing twice gives two texts. */
  seal(text: string, label: string): string
  /** Throws when it was not sealed under this label by this master key, or has been changed. */
  open(sealed: string, label: string): string
  /** HMAC-SHA256, base64url. */
  mac(label: string, data: string): string
  checkMac(label: string, data: string, mac: string): boolean
}

const cipher = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16
/** First byte of everything sealed: the way it is sealed may change, what is stored has to be opened still. */
const version = 1

export const createSecrets = (masterKey: Uint8Array): Secrets => {
  const sealingKey = keysFor(masterKey, 'seal')
  const macKey = keysFor(masterKey, 'mac')
  const digest = (label: string, data: string): Buffer => createHmac('sha256', macKey(label)).update(data).digest()
  return {
    seal(text, label) {
      const nonce = randomBytes(nonceLength)
      const sealing = createCipheriv(cipher, sealingKey(label), nonce)
      const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
      return Buffer.concat([Buffer.of(version), nonce, sealed, sealing.getAuthTag()]).toString('base64url')
    },
    open(sealed, label) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < 1 + nonceLength + tagLength || bytes[0] !== version) throw cannotOpen(label)
      const opening = createDecipheriv(cipher, sealingKey(label), bytes.subarray(1, 1 + nonceLength), {
        authTagLength: tagLength,
      })
      opening.setAuthTag(bytes.subarray(-tagLength))
      try {
        const text = opening.update(bytes.subarray(1 + nonceLength, -tagLength))
        return Buffer.concat([text, opening.final()]).toString('utf8')
      } catch (cause) {
        throw cannotOpen(label, cause)
      }
    },
    mac: (label, data) => digest(label, data).toString('base64url'),
    checkMac(label, data, mac) {
      const claimed = Buffer.from(mac, 'base64url')
      const expected = digest(label, data)
      // Of a code's text only one form is taken: base64url has others that read as the same bytes.
      return (
        claimed.length === expected.length &&
        timingSafeEqual(claimed, expected) &&
        claimed.toString('base64url') === mac
      )
    },
  }
}

const cannotOpen = (label: string, cause?: unknown): Error =>
  new Error(`a sealed ${label} cannot be opened: it is damaged, or the master key is another one`, { cause })

/** Labels are words of our own code, so there are few. */
const keysFor = (masterKey: Uint8Array, use: string): ((label: string) => Buffer) => {
  const keys = new Map<string, Buffer>()
  return label => {
    const known = keys.get(label)
    if (known) return known
    const key = Buffer.from(hkdfSync('sha256', masterKey, '', `atelier/${use}/${label}`, 32))
    keys.set(label, key)
    return key
  }
}

export const masterKeyLength = 32

/**
 * The key in that file; a new one if there is none. Throws, saying what to do, when others may read it or it is not a
 * key. The folder must exist.
 */
export const loadMasterKey = (path: string): Buffer => {
  const existing = openExisting(path)
  if (existing !== undefined) return readKey(existing, path)
  createKey(path)
  const created = openExisting(path)
  if (created === undefined) throw new Error(`the master key ${path} has vanished while it was made`)
  return readKey(created, path)
}

const openExisting = (path: string): number | undefined => {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new Error(`the master key ${path} cannot be opened`, { cause: error })
  }
}

const readKey = (file: number, path: string): Buffer => {
  try {
    const { size, mode } = fstatSync(file)
    if ((mode & 0o077) !== 0)
      throw new Error(
        `the master key ${path} may be read or changed by others: make it private with chmod 600, and replace the keys it protects if somebody may have read it`,
      )
    // One byte more than a key has, to see a longer file.
    const key = Buffer.alloc(masterKeyLength + 1)
    const length = readSync(file, key)
    if (length !== masterKeyLength)
      throw new Error(
        `the master key ${path} has ${size} bytes, not ${masterKeyLength}: bring back the file from a backup`,
      )
    return key.subarray(0, masterKeyLength)
  } finally {
    closeSync(file)
  }
}

/**
 * Written aside and linked into its place: the file is there with all its bytes or not at all, and of two servers that
 * start at once one makes the key for both.
 */
const createKey = (path: string): void => {
  const aside = `${path}.${randomBytes(8).toString('hex')}`
  const file = openSync(aside, 'wx', 0o600)
  try {
    try {
      writeSync(file, randomBytes(masterKeyLength))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(aside, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new Error(`the master key ${path} cannot be made`, { cause: error })
  } finally {
    unlinkSync(aside)
  }
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
