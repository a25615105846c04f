import type { Limits } from './limits.ts'

export const createNoLimits = (reason: string): Limits => ({
  guarantees: {
    cpu: `${reason}: machines share the processors as they come`,
    memory: `${reason}: a machine may use all memory of the host`,
    processes: `${reason}: all machines together may start as many processes as the server's user may`,
    volumeIo: `${reason}: machines share the disk as they come`,
  },
  async prepare() {
    return []
  },
  async release() {},
  async ranOutOfMemory() {
    return false
  },
  async machines() {
    return []
  },
  async close() {},
})
