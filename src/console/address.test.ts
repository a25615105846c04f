import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseAddress, toAddress } from './address.ts'

it('the address of the portal names the studio and the workstation that is waited for', () => {
  assert.deepEqual(parseAddress('/', ''), { page: 'launcher' })
  assert.deepEqual(parseAddress('/welcome', ''), { page: 'welcome' })
  assert.deepEqual(parseAddress('/studios/quickstart', '?launching=0abc'), {
    page: 'launcher',
    studioName: 'quickstart',
    launching: '0abc',
  })
})

it('an address that is made is read back as it was meant', () => {
  for (const shown of [{ studioName: 'quickstart' }, { studioName: 'a1', launching: 'a b&c' }]) {
    const [pathname = '', search = ''] = toAddress(shown).split(/(?=\?)/)
    assert.deepEqual(parseAddress(pathname, search), { page: 'launcher', ...shown })
  }
})
