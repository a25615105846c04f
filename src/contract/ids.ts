/** Ids (decision 6): 22 characters of `[0-9A-Za-z]`, 128 bits, in order of creation under a byte-wise comparison. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const length = 22
const randomBytes = 10

export const newId = (now: number): string => idFrom(now, crypto.getRandomValues(new Uint8Array(randomBytes)))

/** The id of a moment and of ten bytes or more that tell it from others: the same again for the same. */
export const idFrom = (now: number, bytes: Uint8Array): string =>
  encodeBase62((BigInt(now) << 80n) | BigInt(`0x${hex(bytes.subarray(0, randomBytes))}`))

/** The smallest id of that moment: where a walk by time begins. */
export const firstIdAt = (now: number): string => encodeBase62(BigInt(now) << 80n)

const hex = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

const encodeBase62 = (value: bigint): string => {
  let text = ''
  for (let rest = value, i = 0; i < length; i++, rest /= 62n) text = alphabet.charAt(Number(rest % 62n)) + text
  return text
}

const studioAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `{region}:stid-{16 of [a-z0-9]}`, about 82 random bits. */
export const newStudioId = (region: string): string => {
  let text = ''
  while (text.length < 16)
    // 252 is the largest multiple of 36 in a byte: taking no more keeps every character equally likely.
    for (const byte of crypto.getRandomValues(new Uint8Array(24)))
      if (byte < 252 && text.length < 16) text += studioAlphabet.charAt(byte % 36)
  return `${region}:stid-${text}`
}
