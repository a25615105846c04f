/**
 * Passwords of local users, kept as scrypt hashes. A hash names its parameters, so that they can grow and old hashes
 * still be checked. One check takes 32 MiB and 0.3 s of a core (measured), off the event loop; the thread pool (four
 * at a time) and the sign-in limit bound how many there are.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

interface Parameters {
  /** The cost is 2 to this power. */
  logCost: number
  blockSize: number
  parallelism: number
}

/** OWASP's choice of 32 MiB: 2^15, 8, 3. */
const current: Parameters = { logCost: 15, blockSize: 8, parallelism: 3 }
const saltLength = 16
const keyLength = 32

/** `$scrypt$ln=15,r=8,p=3$<salt>$<key>`, the form that other software writes as well. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(saltLength)
  return format(current, salt, await derive(password, salt, current))
}

/**
 * Whether the password is the one that was hashed. Without a hash (no such user, or one who has no password) the answer
 * is false and takes as long. Throws when the hash cannot be read: that is damage, not a wrong password.
 */
export const checkPassword = async (password: string, hash: string | undefined): Promise<boolean> => {
  const { parameters, salt, key } = parse(hash ?? nobodysHash)
  const matches = timingSafeEqual(await derive(password, salt, parameters), key)
  return matches && hash !== undefined
}

const derive = (password: string, salt: Buffer, { logCost, blockSize, parallelism }: Parameters): Promise<Buffer> =>
  // Keyboards differ in how they compose é; NFKC makes one password of it, as NIST SP 800-63B asks.
  promisify<string, Buffer, number, object, Buffer>(scrypt)(password.normalize('NFKC'), salt, keyLength, {
    N: 2 ** logCost,
    r: blockSize,
    p: parallelism,
    maxmem: 2 * 128 * 2 ** logCost * blockSize,
  })

const format = ({ logCost, blockSize, parallelism }: Parameters, salt: Buffer, key: Buffer): string =>
  `$scrypt$ln=${logCost},r=${blockSize},p=${parallelism}$${toText(salt)}$${toText(key)}`

const parse = (hash: string): { parameters: Parameters; salt: Buffer; key: Buffer } => {
  const [, logCost, blockSize, parallelism, salt = '', key = ''] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/.exec(hash) ?? []
  const parameters = { logCost: Number(logCost), blockSize: Number(blockSize), parallelism: Number(parallelism) }
  // Above these, a damaged hash would take all memory.
  const isReadable = parameters.logCost >= 10 && parameters.logCost <= 20 && parameters.blockSize <= 16
  if (!isReadable) throw new Error('a stored password hash cannot be read')
  return { parameters, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

const toText = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

/** Of no password: its key was not derived but drawn. */
const nobodysHash = format(current, randomBytes(saltLength), randomBytes(keyLength))
