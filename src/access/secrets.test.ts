import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { createSecrets, loadMasterKey } from './secrets.ts'

const secrets = createSecrets(randomBytes(32))

describe('a sealed secret', () => {
  it('opens to what was sealed', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), text => secrets.open(secrets.seal(text, 'a'), 'a') === text))
  })

  it('shows nothing of what was sealed, not even that it is the same', () => {
    const sealed = secrets.seal('hunter2', 'a')
    assert.match(sealed, /^[A-Za-z0-9_-]+$/)
    assert.notEqual(sealed, secrets.seal('hunter2', 'a'))
    assert.ok(!Buffer.from(sealed, 'base64url').includes('hunter2'))
  })

  it('does not open under another label or another master key', () => {
    const sealed = secrets.seal('hunter2', 'a')
    assert.throws(() => secrets.open(sealed, 'b'), /sealed b cannot be opened/)
    assert.throws(() => createSecrets(randomBytes(32)).open(sealed, 'a'), /cannot be opened/)
  })

  it('does not open after any change', () => {
    const sealed = Buffer.from(secrets.seal('hunter2', 'a'), 'base64url')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      assert.throws(() => secrets.open(changed.toString('base64url'), 'a'), /cannot be opened/)
    }
    for (let length = 0; length < sealed.length; length++)
      assert.throws(() => secrets.open(sealed.subarray(0, length).toString('base64url'), 'a'), /cannot be opened/)
  })

  it('is the same to another process with the same master key', () => {
    const key = randomBytes(32)
    assert.equal(createSecrets(key).open(createSecrets(key).seal('x', 'a'), 'a'), 'x')
    assert.equal(createSecrets(key).mac('a', 'x'), createSecrets(key).mac('a', 'x'))
  })
})

describe('an authentication code', () => {
  it('is taken for its label and data, and for nothing else', () => {
    const mac = secrets.mac('cursor', 'data')
    assert.equal(secrets.checkMac('cursor', 'data', mac), true)
    assert.equal(secrets.checkMac('cursor', 'datb', mac), false)
    assert.equal(secrets.checkMac('stream', 'data', mac), false)
    assert.equal(createSecrets(randomBytes(32)).checkMac('cursor', 'data', mac), false)
  })

  it('is taken in one spelling only', () => {
    const mac = secrets.mac('cursor', 'data')
    for (const other of ['', mac.slice(1), `${mac}=`, ` ${mac}`, `${mac}A`, mac.slice(0, -1)])
      assert.equal(secrets.checkMac('cursor', 'data', other), false)
    fc.assert(fc.property(fc.string(), text => text === mac || !secrets.checkMac('cursor', 'data', text)))
  })
})

describe('the master key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-secrets-'))
  after(() => rmSync(folder, { recursive: true }))

  it('is made once, private, and read again', () => {
    const path = join(folder, 'made')
    const key = loadMasterKey(path)
    assert.equal(key.length, 32)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(loadMasterKey(path), key)
    assert.deepEqual(readFileSync(path), key)
    assert.notDeepEqual(loadMasterKey(join(folder, 'other')), key)
    assert.deepEqual(readdirSync(folder).sort(), ['made', 'other'])
  })

  it('is one key for all servers that start at once', async () => {
    const program = `import { loadMasterKey } from ${JSON.stringify(import.meta.resolve('./secrets.ts'))}
      console.log(loadMasterKey(process.argv[1]).toString('hex'))`
    const start = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, join(folder, 'raced')])
    const keys = (await Promise.all(Array.from({ length: 8 }, start))).map(({ stdout }) => stdout)
    assert.equal(new Set(keys).size, 1)
    assert.ok(!readdirSync(folder).some(name => name.startsWith('raced.')))
  })

  for (const mode of [0o640, 0o604, 0o620, 0o666])
    it(`is refused with mode ${mode.toString(8)}`, () => {
      const path = join(folder, `mode-${mode}`)
      loadMasterKey(path)
      chmodSync(path, mode)
      assert.throws(() => loadMasterKey(path), /chmod 600/)
    })

  for (const size of [0, 31, 33, 5000])
    it(`is refused with ${size} bytes`, () => {
      const path = join(folder, `size-${size}`)
      writeFileSync(path, Buffer.alloc(size), { mode: 0o600 })
      assert.throws(() => loadMasterKey(path), new RegExp(`has ${size} bytes, not 32`))
      assert.equal(statSync(path).size, size)
    })

  it('is refused behind a link', () => {
    loadMasterKey(join(folder, 'target'))
    symlinkSync(join(folder, 'target'), join(folder, 'link'))
    assert.throws(() => loadMasterKey(join(folder, 'link')), /cannot be opened/)
  })

  it('is not made where there is no folder', () => {
    assert.throws(() => loadMasterKey(join(folder, 'nowhere', 'key')), { code: 'ENOENT' })
  })
})
