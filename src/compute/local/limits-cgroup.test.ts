import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { createCgroupLimits } from './limits-cgroup.ts'

/** A plain folder with the files that the kernel would show: which values are written where needs no kernel. */
const hierarchy = async (type: 'cgroup' | 'cgroup2', files: string[]) => {
  const point = await mkdtemp(join(tmpdir(), 'atelier-'))
  await writeFile(join(point, 'cgroup.controllers'), 'cpu io memory pids')
  await mkdir(join(point, 'test'))
  await writeFile(join(point, 'test/cgroup.controllers'), 'cpu io memory pids')
  for (const file of files) await writeFile(join(point, 'test', file), '')
  const mounts = `30 20 0:26 / ${point} rw shared:9 - ${type} cgroup rw,cpu,memory,pids,blkio\n`
  return { point, mounts }
}

const to = { vcpus: 2, memoryMiB: 1024, iops: 500, throughputMiBs: 20 }

it('a host with version 2 of control groups holds every limit', async t => {
  const { point, mounts } = await hierarchy('cgroup2', ['cpu.max', 'memory.max', 'pids.max', 'io.max'])
  t.after(() => rm(point, { recursive: true }))
  const limits = await createCgroupLimits({ name: 'test', device: '7:0', mounts })
  assert.deepEqual(limits.guarantees, { cpu: true, memory: true, processes: true, volumeIo: true })
  const group = join(point, 'test/m')
  assert.deepEqual(await limits.prepare('m', to), [join(group, 'cgroup.procs')])
  const written = async (file: string) => await readFile(join(group, file), 'utf8')
  assert.equal(await written('cpu.max'), '200000 100000')
  assert.equal(await written('memory.max'), '1073741824')
  assert.equal(await written('pids.max'), '2048')
  assert.equal(await written('io.max'), '7:0 riops=500 wiops=500 rbps=20971520 wbps=20971520')
  assert.deepEqual(await limits.machines(), ['m'])
})

it('a limit that the host cannot hold is reported with the reason', async t => {
  const { point, mounts } = await hierarchy('cgroup', ['memory.limit_in_bytes'])
  t.after(() => rm(point, { recursive: true }))
  const limits = await createCgroupLimits({ name: 'test', device: undefined, mounts })
  assert.equal(limits.guarantees.memory, true)
  for (const guarantee of ['cpu', 'processes', 'volumeIo'] as const)
    assert.match(String(limits.guarantees[guarantee]), /no control group/)
})
