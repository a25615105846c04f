import { closeSync, ftruncateSync, openSync, unlinkSync } from 'node:fs'
import koffi from 'koffi'
import type { SharedMemoryProvider } from 'x11'

const libc = koffi.load('libc.so.6')
const mmap = libc.func('void *mmap(void *, size_t, int, int, int, long)')
const readAndWrite = 3
const shared = 1

let count = 0
/**
 * Memory that the X server writes a picture into and this process reads without a copy. The package reads the file
 * instead, which costs 2 ms of 16 for a full HD frame. The file has no name any more when the X server gets it, so
 * nothing is left behind, however either side ends. It stays mapped until the process ends: a buffer that outlived its
 * memory would end it sooner. So segments are few and large (`screen.ts`).
 */
export const mappedMemory: SharedMemoryProvider = {
  flavor: 'fd',
  zeroCopy: true,
  create(size) {
    const path = `/dev/shm/streamer-${process.pid}-${count++}`
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    ftruncateSync(fd, size)
    const address = mmap(null, size, readAndWrite, shared, fd, 0)
    const buffer = Buffer.from(koffi.view(address, size))
    return { size, fd, buffer }
  },
  commit() {},
  sync() {},
  destroy: ({ fd }) => closeSync(fd),
}
