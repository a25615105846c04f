/** What the suites of promises begin with. */
import assert from 'node:assert/strict'
import type { Driver, MachineSpec } from './driver.ts'

export const image = 'ami-host'
export const volumeOptions = { image, sizeGiB: 1 }
export const small = (volume: string): MachineSpec => ({ volume, image, vcpus: 1, memoryMiB: 512, clipboard: true })

export const start = async (driver: Driver, id: string) => {
  await driver.ensureVolume(id, volumeOptions)
  await driver.ensureMachine(id, small(id))
}

/** For a function that a refusal must come before. */
export const unused = () => assert.fail('this is not called')
