import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { DriverError } from '../driver.ts'
import { testDriver } from '../suite.ts'
import { createSimulatedDriver } from './simulated.ts'

const temporary = async () => await mkdtemp(join(tmpdir(), 'atelier-'))
const spec = { volume: 'a', image: 'ami-host', vcpus: 1, memoryMiB: 512, clipboard: true }

testDriver(
  'simulated',
  async () => {
    const root = await temporary()
    const file = (volume: string, name: string) => join(root, 'volumes', volume, 'tree', name)
    return {
      driver: await createSimulatedDriver({ root }),
      again: () => createSimulatedDriver({ root }),
      write: (volume, name, text) => writeFile(file(volume, name), text),
      read: (volume, name) => readFile(file(volume, name), 'utf8'),
      breakMachine: machine => writeFile(join(root, 'machines', machine), ''),
      async leaveHalfMade({ machine, volume, backup }) {
        await writeFile(join(root, 'machines', machine), '')
        await mkdir(join(root, 'volumes', `${volume}.new`))
        await mkdir(join(root, 'backups', `${backup}.new`))
      },
      close: () => rm(root, { recursive: true }),
    }
  },
  { 'a backup of a running machine shows one moment': 'nothing runs here that could write meanwhile' },
)

it('a chosen failure leaves what was half made, and the next try finishes it', async t => {
  const root = await temporary()
  t.after(() => rm(root, { recursive: true }))
  const failures = new Map([['ensureMachine a', new DriverError('INSUFFICIENT_CAPACITY', 'no room, as chosen')]])
  const driver = await createSimulatedDriver({ root, fail: (verb, id) => failures.get(`${verb} ${id}`) })
  await driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
  await assert.rejects(driver.ensureMachine('a', spec), { code: 'INSUFFICIENT_CAPACITY' })
  assert.equal(await driver.observe('a'), 'broken')
  failures.clear()
  await driver.ensureMachine('a', spec)
  assert.equal(await driver.observe('a'), 'running')
})

it('a chosen delay is waited for', async t => {
  const root = await temporary()
  t.after(() => rm(root, { recursive: true }))
  const driver = await createSimulatedDriver({ root, delayMs: { ensureVolume: 60 } })
  const before = performance.now()
  await driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
  assert.ok(performance.now() - before >= 59)
})

it('a viewer gets a picture of the simulated desktop', async t => {
  const root = await temporary()
  t.after(() => rm(root, { recursive: true }))
  const driver = await createSimulatedDriver({ root })
  await driver.ensureVolume('a', { image: 'ami-host', sizeGiB: 1 })
  await driver.ensureMachine('a', spec)
  const desktop = await driver.dial('a')
  const hear = async (length: number): Promise<Buffer> => {
    for (;;) {
      const bytes: Buffer | null = desktop.read(length)
      if (bytes !== null) return bytes
      await once(desktop, 'readable', { signal: AbortSignal.timeout(20_000) })
    }
  }
  assert.equal(String(await hear(12)), 'RFB 003.008\n')
  desktop.write('RFB 003.008\n')
  assert.deepEqual([...(await hear(2))], [1, 1])
  desktop.write(Buffer.from([1]))
  assert.equal((await hear(4)).readUInt32BE(0), 0)
  desktop.write(Buffer.from([1]))
  const init = await hear(24)
  assert.deepEqual([init.readUInt16BE(0), init.readUInt16BE(2)], [640, 480])
  await hear(init.readUInt32BE(20))
  desktop.write(Buffer.from([3, 0, 0, 0, 0, 0, 2, 128, 1, 224]))
  assert.equal((await hear(16)).readUInt16BE(2), 1)
  const pixels = await hear(640 * 480 * 4)
  assert.notDeepEqual(pixels.subarray(0, 4), pixels.subarray(-4))
  await driver.removeMachine('a')
  if (!desktop.destroyed) await once(desktop, 'close', { signal: AbortSignal.timeout(20_000) })
})
