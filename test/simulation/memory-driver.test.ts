import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { type Subject, testDriver } from '../../src/compute/suite.ts'
import { createHost, createMemoryDriver, endMachine } from './memory-driver.ts'

const noFolders = 'a host in memory has no folders'

const make = async (): Promise<Subject> => {
  const host = createHost()
  const again = async () => createMemoryDriver(host, async () => {})
  return {
    driver: await again(),
    again,
    async write(volume, name, text) {
      await turnOfTheLoop()
      const tree = host.volumes.get(volume)
      if (tree) host.volumes.set(volume, { ...tree, files: new Map([...tree.files, [name, text]]) })
    },
    read: async (volume, name) => host.volumes.get(volume)?.files.get(name) ?? '',
    breakMachine: async machine => endMachine(host, machine, 'broken'),
    async leaveHalfMade({ machine, volume, backup }) {
      host.machines.set(machine, { state: 'broken', volume, desktops: new Set() })
      host.volumes.set(volume, { isWhole: false, files: new Map() })
      host.backups.set(backup, { isWhole: false, files: new Map() })
    },
    close: async () => {},
  }
}

testDriver('in memory, which simulations run on', make, {
  'a backup can be carried elsewhere and received again': noFolders,
  'a backup that is removed while it is read has not been read': noFolders,
  'a backup that is not received to its end is none': noFolders,
})
