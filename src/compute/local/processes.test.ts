import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, it } from 'node:test'
import { until } from '../../../test/until.ts'
import { endProcesses, findProcesses, isAlive, sessionScript } from './processes.ts'

const place = `atelier-test-${process.pid}`
const words = (machine: string) => [sessionScript, place, machine]

/** A sandbox in which the first process runs the script; the words come after it, as on the command lines of real ones. */
const sandbox = (machine: string, script: string) =>
  spawn(
    'bwrap',
    [
      ...['--unshare-pid', '--as-pid-1', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'],
      ...['--', '/bin/sh', '-c', script, ...words(machine)],
    ],
    { stdio: 'ignore' },
  )

describe('the processes of a machine', () => {
  afterEach(() => endProcesses(place, 'one'))

  it('are found and ended, whatever the first of them calls itself', async () => {
    const outer = sandbox('one', 'exec sleep 300')
    const ended = once(outer, 'exit')
    const inner = await until('the first process is there', async () =>
      (await findProcesses(place, 'one')).find(({ isInner }) => isInner),
    )
    assert.deepEqual(await findProcesses(place, 'another'), [])
    await endProcesses(place, 'one')
    await ended
    assert.equal(isAlive(inner), false)
  })

  it('are not those that have its words among their own, however many words they have', async () => {
    const other = (more: string) => `sh -c 'sleep 300; :' ${more} ${words('one').join(' ')} &`
    const script = `${other('')} ${other('$(yes x | head -n 3000)')} wait`
    const outer = sandbox('one', script)
    const ended = once(outer, 'exit')
    await until('all are there', async () => (await findProcesses(place, 'one')).length >= 2)
    const found = await findProcesses(place, 'one')
    assert.deepEqual(found.map(({ isInner }) => isInner).sort(), [false, true])
    await endProcesses(place, 'one')
    await ended
  })
})
