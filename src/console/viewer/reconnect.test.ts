import assert from 'node:assert/strict'
import { it } from 'node:test'
import { backOffMs, endingOfClose, endingOfStatus, tryMs } from './reconnect.ts'

it('a lost connection is tried again soon, then every second', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 100].map(backOffMs), [250, 500, 1000, 1000, 1000, 1000])
})

it('a try that nobody answers is given up for another one, but not on a network that is slow', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map(attempt => tryMs(attempt, 12)),
    [1500, 1500, 2500, 1500],
  )
  assert.equal(tryMs(1, 700), 5600)
})

it('a network or a server that went away is no end', () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4005]) assert.equal(endingOfClose(code), undefined)
  for (const status of [408, 429, 500, 502, 503, 504]) assert.equal(endingOfStatus(status), undefined)
})

it('a session that is not running, lost rights and a used address are the end', () => {
  assert.equal(endingOfClose(4001), 'stopped')
  assert.equal(endingOfClose(4003), 'forbidden')
  assert.equal(endingOfClose(4999), 'gone')
  assert.deepEqual([401, 403, 404, 409, 410].map(endingOfStatus), ['gone', 'forbidden', 'gone', 'stopped', 'gone'])
})
