import assert from 'node:assert/strict'
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

  it('takes as long to refuse where there is no user', async () => {
    const hash = await hashPassword('x')
    const time = async (known: string | undefined) => {
      const start = performance.now()
      assert.equal(await checkPassword('wrong', known), false)
      return performance.now() - start
    }
    let known = 0
    let unknown = 0
    for (let i = 0; i < 3; i++) {
      known += await time(hash)
      unknown += await time(undefined)
    }
    assert.ok(unknown / known > 0.5 && unknown / known < 2, `${unknown} ms and ${known} ms`)
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
