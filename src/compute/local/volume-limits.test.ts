import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createHost, type Host, isRoot } from './host.ts'

/** One volume is narrow in bytes, the other in operations. */
const volumes = {
  bytes: { iops: 10_000, throughputMiBs: 10 },
  operations: { iops: 100, throughputMiBs: 1000 },
}

describe('the volume of a workstation', { skip: isRoot ? false : 'only root can limit a disk' }, () => {
  let host: Host
  before(async () => {
    host = await createHost()
    for (const [id, io] of Object.entries(volumes)) {
      await host.driver.ensureVolume(id, { image: 'ami-host', sizeGiB: 1, ...io })
      await host.driver.ensureMachine(id, {
        ...{ image: 'ami-host', volume: id },
        vcpus: 2,
        memoryMiB: 512,
        clipboard: true,
      })
    }
  })
  after(() => host?.close())

  /** Seconds that a program inside takes to write so many blocks past every cache. */
  const secondsToWrite = async (id: string, blocks: number, size: string): Promise<number> => {
    const said = await host.inside(id, `dd if=/dev/zero of=~/w bs=${size} count=${blocks} oflag=direct 2>&1; rm ~/w`)
    const [, seconds] = /copied, ([\d.]+) s/.exec(said) ?? assert.fail(said)
    return Number(seconds)
  }

  // A busy host makes writing slower, never faster, so the least time is what can be relied on. The kernel lets a little
  // more pass at the beginning.
  it('takes no more bytes a second than its throughput', async () => {
    assert.ok((await secondsToWrite('bytes', 40, '1M')) > 3)
  })

  it('takes no more operations a second than its iops', async () => {
    assert.ok((await secondsToWrite('operations', 400, '4k')) > 3)
  })

  it('and the processors and memory are those of the control groups', () => {
    const groups = [...readdirSync('/sys/fs/cgroup'), '.']
      .map(name => join('/sys/fs/cgroup', name, host.place.name, 'bytes'))
      .filter(existsSync)
    const file = (...names: string[]) =>
      groups
        .flatMap(group => names.map(name => join(group, name)))
        .filter(existsSync)
        .map(path => readFileSync(path, 'utf8').trim())
    assert.match(file('cpu.cfs_quota_us', 'cpu.max')[0] ?? '', /^200000\b/)
    assert.match(file('cpu.shares', 'cpu.weight')[0] ?? '', /^(2048|200)$/)
    assert.deepEqual(file('memory.limit_in_bytes', 'memory.max'), [String(512 * 2 ** 20)])
    for (const swap of file('memory.memsw.limit_in_bytes')) assert.equal(swap, String(512 * 2 ** 20))
    for (const swap of file('memory.swap.max')) assert.equal(swap, '0')
    assert.deepEqual(file('pids.max'), ['2048'])
  })
})
