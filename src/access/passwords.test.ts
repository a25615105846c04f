import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, it } from 'node:test'
import { checkPassword, hashPassword } from './passwords.ts'

describe('a password', () => {
  it('is accepted by its hash, and no other is', async () => {
    const hash = await hashPassword('correct horse')
    assert.match(hash, /^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.equal(await checkPassword('correct horse', hash), true)
    for (const other of ['', 'correct hors', 'correct horse ', 'Correct horse'])
      assert.equal(await checkPassword(other, hash), false)
  })

  it('has another hash each time', async () => {
    assert.notEqual(await hashPassword('same'), await hashPassword('same'))
  })

  it('is one password however a keyboard composes its letters', async () => {
    assert.equal(await checkPassword('caf\u0065\u0301', await hashPassword('caf\u00e9')), true)
  })

  it('is checked by the parameters of its hash', async () => {
    // From Python's hashlib.scrypt with n=2**14, r=8, p=1 and the salt bytes(range(16)).
    const hash = '$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$UxYE/nON8zrmLNK5lL/j9XPtKMDZ5VR/h1tkExic5Zo'
    assert.equal(await checkPassword('pleaseletmein', hash), true)
  })

  it('is refused after the same work where there is no user', async t => {
    const hash = await hashPassword('x')
    const derivations = t.mock.method(crypto, 'scrypt').mock
    syncBuiltinESMExports()
    t.after(() => {
      derivations.restore()
      syncBuiltinESMExports()
    })
    for (const known of [hash, undefined]) assert.equal(await checkPassword('wrong', known), false)
    const work = derivations.calls.map(({ arguments: [password, salt, keyLength, parameters] }) => [
      password,
      (salt as Buffer).length,
      keyLength,
      parameters,
    ])
    assert.equal(work.length, 2)
    assert.deepEqual(work[0], work[1])
  })

  it('is checked beside the event loop', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await hashPassword('x')
    clearInterval(timer)
    assert.ok(turns >= 5, `the loop turned ${turns} times`)
  })

  it('of a damaged hash is an error without the hash in it', async () => {
    const damaged = [
      '',
      'x',
      `$scrypt$ln=30,r=8,p=3$AAECAwQFBgcICQoLDA0ODw$${'A'.repeat(43)}`,
      '$scrypt$ln=15,r=8,p=3$short$short',
    ]
    for (const hash of damaged)
      await assert.rejects(checkPassword('x', hash), { message: 'a stored password hash cannot be read' })
  })
})
