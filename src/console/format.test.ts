import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { duration, moment } from './format.ts'

describe('lengths of time', () => {
  it('are told in the largest unit that is still exact enough', () => {
    assert.deepEqual(
      [0, 59_999, 60_000, 3_599_000, 3_600_000, 7_500_000, 47 * 3_600_000, 48 * 3_600_000].map(duration),
      ['0 s', '59 s', '1 min', '59 min', '1 h', '2 h 5 min', '47 h', '2 days'],
    )
  })
  it('never run backwards when the clocks of server and browser differ', () => assert.equal(duration(-5000), '0 s'))
})

describe('moments', () => {
  const now = new Date('2025-11-24T12:00:00Z')
  const at = (time: string, timeZone = 'UTC') => moment(new Date(time), now, timeZone)

  it('of today are a time of day', () => assert.equal(at('2025-11-24T18:30:00Z'), 'at 18:30'))
  it('of the days around say which day', () => {
    assert.equal(at('2025-11-25T06:30:00Z'), 'tomorrow at 06:30')
    assert.equal(at('2025-11-23T23:59:00Z'), 'yesterday at 23:59')
  })
  it('further away carry the date', () => assert.equal(at('2025-11-28T18:30:00Z'), 'on Fri 28 Nov at 18:30'))
  it('follow the calendar of the reader', () => {
    assert.equal(at('2025-11-24T18:30:00Z', 'Asia/Tokyo'), 'tomorrow at 03:30')
  })
  it('stay on their day when clocks change', () => {
    const beforeChange = new Date('2025-10-25T12:00:00Z')
    assert.equal(moment(new Date('2025-10-26T22:30:00Z'), beforeChange, 'Europe/Berlin'), 'tomorrow at 23:30')
  })
})
