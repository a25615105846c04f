import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSignInLimit, type SignInLimitOptions } from './sign-in-limit.ts'

const minute = 60_000
const wrong = async () => false
const right = async () => true

const limitAt = (options: Partial<SignInLimitOptions> = {}) => {
  const clock = { now: 1_700_000_000_000 }
  const limit = createSignInLimit({ now: () => clock.now, ...options })
  const fail = async (times: number, name = 'ada', address = '192.0.2.1') => {
    let checked = 0
    for (let i = 0; i < times; i++) if ((await limit.attempt({ userName: name, address }, wrong)) === false) checked++
    return checked
  }
  return { clock, limit, fail }
}

describe('guessing a password', () => {
  it('is refused for a quarter of an hour after ten failures, then for twice as long each time', async () => {
    const { clock, limit, fail } = limitAt()
    for (const minutes of [15, 30, 60, 120]) {
      assert.equal(await fail(20), 10)
      assert.deepEqual(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), {
        retryAfterSeconds: minutes * 60,
      })
      clock.now += minutes * minute - 1
      assert.deepEqual(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), { retryAfterSeconds: 1 })
      clock.now += 1
    }
    for (let i = 0; i < 10; i++) {
      await fail(11)
      clock.now += 24 * 60 * minute
    }
    assert.equal(await fail(10), 10)
    assert.deepEqual(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), {
      retryAfterSeconds: 86_400,
    })
  })

  it('checks nothing while it is refused, and is refused no longer for asking', async () => {
    const { clock, limit, fail } = limitAt()
    await fail(11)
    let checks = 0
    for (let i = 0; i < 100; i++) {
      clock.now += 1000
      await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, async () => {
        checks++
        return true
      })
    }
    assert.equal(checks, 0)
    clock.now += 15 * minute - 100_000
    assert.equal(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), true)
  })

  it('is forgotten after a window with fewer failures, and after the right password', async () => {
    const { clock, limit, fail } = limitAt()
    for (let i = 0; i < 10; i++) {
      assert.equal(await fail(9), 9)
      clock.now += 15 * minute
    }
    for (let i = 0; i < 5; i++) {
      assert.equal(await fail(9), 9)
      assert.equal(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), true)
    }
  })

  it('is refused from any address, by any spelling of the name', async () => {
    const { limit, fail } = limitAt()
    for (let i = 0; i < 11; i++) await fail(1, ['ada', 'Ada', ' ADA ', 'ａｄａ'][i % 4], `192.0.2.${i}`)
    assert.notEqual(await limit.attempt({ userName: 'ada', address: '198.51.100.1' }, right), true)
    assert.equal(await limit.attempt({ userName: 'bob', address: '198.51.100.1' }, right), true)
  })

  it('of many names is refused by the address, and a password that is known does not end that', async () => {
    const { clock, limit } = limitAt()
    let checked = 0
    for (let i = 0; i < 300; i++) {
      if ((await limit.attempt({ userName: `user${i}`, address: '192.0.2.1' }, wrong)) === false) checked++
      await limit.attempt({ userName: 'mallory', address: '192.0.2.1' }, right)
    }
    assert.equal(checked, 100)
    assert.notEqual(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), true)
    assert.notEqual(await limit.attempt({ userName: 'ada', address: '::ffff:192.0.2.1' }, right), true)
    assert.equal(await limit.attempt({ userName: 'ada', address: '192.0.2.2' }, right), true)
    clock.now += 15 * minute
    assert.equal(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), true)
  })

  it('is refused for a whole IPv6 network', async () => {
    const { limit } = limitAt()
    for (let i = 0; i < 101; i++)
      await limit.attempt({ userName: `user${i}`, address: `2001:db8:0:1:${i.toString(16)}::1` }, wrong)
    for (const address of ['2001:db8:0:1::', '2001:0DB8:0000:0001:ffff::', '2001:db8::1:2:3:4:5'])
      assert.notEqual(await limit.attempt({ userName: 'ada', address }, right), true, address)
    for (const address of ['2001:db8:0:2::1', '2001:db8::1', '::1', 'fe80::1%eth0', 'unix'])
      assert.equal(await limit.attempt({ userName: 'ada', address }, right), true, address)
  })

  it('side by side checks no more than one after the other', async () => {
    const { limit } = limitAt()
    let checks = 0
    const answers = await Promise.all(
      Array.from({ length: 1000 }, () =>
        limit.attempt({ userName: 'ada', address: '192.0.2.1' }, async () => {
          checks++
          await new Promise(setImmediate)
          return false
        }),
      ),
    )
    assert.equal(checks, 10)
    assert.equal(answers.filter(answer => answer === false).length, 10)
    assert.ok(answers.every(answer => answer === false || (answer !== true && answer.retryAfterSeconds === 1)))
    assert.deepEqual(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), { retryAfterSeconds: 900 })
  })

  it('is the same for names that exist and names that do not', async () => {
    const { fail, limit } = limitAt()
    assert.equal(await fail(11, 'nobody'), 10)
    assert.deepEqual(await limit.attempt({ userName: 'nobody', address: '192.0.2.1' }, wrong), {
      retryAfterSeconds: 900,
    })
  })
})

describe('a sign-in', () => {
  it('whose check fails by itself counts for nothing', async () => {
    const { limit } = limitAt()
    const broken = async (): Promise<boolean> => {
      throw new Error('the database is gone')
    }
    for (let i = 0; i < 200; i++)
      await assert.rejects(limit.attempt({ userName: 'ada', address: '192.0.2.1' }, broken), /gone/)
    assert.equal(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), true)
  })

  it('of a hundred people behind one address at once passes', async () => {
    const { limit } = limitAt()
    const slow = async () => {
      await new Promise(setImmediate)
      return true
    }
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => limit.attempt({ userName: `user${i}`, address: '192.0.2.1' }, slow)),
    )
    assert.ok(answers.every(answer => answer === true))
  })
})

describe('the memory of failures', () => {
  it('is bounded, and a flood of names does not clear a run against one', async () => {
    const { limit, fail } = limitAt({ most: 100, failuresPerAddress: 1_000_000 })
    await fail(11)
    await fail(5, 'bob')
    for (let i = 0; i < 5000; i++) await limit.attempt({ userName: `flood${i}`, address: '192.0.2.1' }, wrong)
    assert.notEqual(await limit.attempt({ userName: 'ada', address: '192.0.2.1' }, right), true)
    assert.equal(await fail(10, 'bob'), 5)
  })

  it('takes names of any length', async () => {
    const { fail } = limitAt()
    assert.equal(await fail(11, 'x'.repeat(1_000_000)), 10)
  })
})
