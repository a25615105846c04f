/**
 * The system calls that no program of a workstation may use, as a filter for the kernel. A list of what is forbidden,
 * for artists run programs that nobody can foresee: the doors to the kernel that desktops do not need and that
 * break-ins have used, keys shared beyond the sandbox, and the making of btrfs subvolumes, which would escape the
 * size limit of their volume and be missing from its backups.
 */
import { endianness } from 'node:os'

/** Numbers on x86-64 and on 64-bit ARM. Those added since 2018 are the same on both. */
const forbidden: Record<string, [x64: number, arm64: number]> = {
  acct: [163, 89],
  add_key: [248, 217],
  bpf: [321, 280],
  delete_module: [176, 106],
  finit_module: [313, 273],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fsopen: [430, 430],
  fspick: [433, 433],
  init_module: [175, 105],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_uring_setup: [425, 425],
  kexec_file_load: [320, 294],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  perf_event_open: [298, 241],
  pivot_root: [155, 41],
  quotactl: [179, 60],
  request_key: [249, 218],
  setns: [308, 268],
  umount2: [166, 39],
  userfaultfd: [323, 282],
}

const forbiddenControls = {
  TIOCSTI: 0x5412,
  TIOCLINUX: 0x541c,
  BTRFS_IOC_SNAP_CREATE: 0x50009401,
  BTRFS_IOC_SUBVOL_CREATE: 0x5000940e,
  BTRFS_IOC_SNAP_CREATE_V2: 0x50009417,
  BTRFS_IOC_SUBVOL_CREATE_V2: 0x50009418,
}

const machines = {
  x64: { audit: 0xc000003e, column: 0, ioctl: 16 },
  arm64: { audit: 0xc00000b7, column: 1, ioctl: 29 },
} as const

/** Offsets in the kernel's `struct seccomp_data`; of an argument, its lower half. */
const at = { number: 0, machine: 4, secondArgument: 24 }

const load = (offset: number) => instruction(0x20, offset)
const answer = (value: number) => instruction(0x06, value)
const ifEqual = (value: number, skipThen: number, skipElse: number) => instruction(0x15, value, skipThen, skipElse)
const ifAtLeast = (value: number, skipThen: number, skipElse: number) => instruction(0x35, value, skipThen, skipElse)

const allow = answer(0x7fff0000)
const refuse = answer(0x00050000 | 1)
const kill = answer(0x80000000)

/** Other programs than this machine's own kind, such as 32-bit ones, would number their calls in another way. */
const foreignNumbers = 0x40000000

export const seccompFilter = (arch: string = process.arch): Buffer => {
  const machine = machines[arch as keyof typeof machines]
  if (machine === undefined || endianness() !== 'LE') throw new Error(`no system call filter is known for ${arch}`)
  const numbers = Object.values(forbidden).map(numbers => numbers[machine.column])
  const controls = Object.values(forbiddenControls)
  return Buffer.concat([
    load(at.machine),
    ifEqual(machine.audit, 1, 0),
    kill,
    load(at.number),
    ifAtLeast(foreignNumbers, 0, 1),
    refuse,
    ...numbers.flatMap(number => [ifEqual(number, 0, 1), refuse]),
    ifEqual(machine.ioctl, 1, 0),
    allow,
    load(at.secondArgument),
    ...controls.flatMap(control => [ifEqual(control, 0, 1), refuse]),
    allow,
  ])
}

function instruction(code: number, value: number, skipThen = 0, skipElse = 0): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(code, 0)
  bytes.writeUInt8(skipThen, 2)
  bytes.writeUInt8(skipElse, 3)
  bytes.writeUInt32LE(value >>> 0, 4)
  return bytes
}
