/**
 * One input device of the X server's, moved by what is written to its socket: the protocol of its driver `inputtest`
 * (inputtestdrv(4), xf86-input-inputtest-protocol.h), version 1.0.
 */
import { connect, type Socket } from 'node:net'
import { answer, type Display } from './display.ts'

/** By the number of the axis. Those that are left out stay as they are. */
export type Axes = Readonly<Record<number, number>>
export type Phase = 'begin' | 'move' | 'end'

export interface Device {
  move(axes: Axes): void
  /** Whether the pen is near the tablet. */
  near(isNear: boolean, axes: Axes): void
  press(button: number, isDown: boolean, axes: Axes): void
  touch(finger: number, phase: Phase, axes: Axes): void
  close(): void
}

const types = { version: 0, motion: 2, proximity: 3, button: 4, touch: 6 } as const
/** As XInput2 numbers its events. */
const phases: Record<Phase, number> = { begin: 18, move: 19, end: 20 }
const mostAxes = 64
const axesBytes = 16 + mostAxes * 16
const headerBytes = 8

export const openDevice = async (display: Display, name: string, path: string): Promise<Device> => {
  let isGone = !(await renew(display, name))
  if (isGone) console.error(`the X server has no device ${name}`)
  let socket: Socket | undefined
  const send = (event: Buffer) => {
    if (isGone) return
    socket ??= open()
    socket.write(event)
  }
  const open = (): Socket => {
    const opened = connect(path)
    // Nothing is ever read. As long as the driver's greeting waits here, the X server is told of the end of this process
    // as of an error, and closes its own side; of an ordinary end it takes no notice and turns in circles.
    opened.pause()
    opened.on('error', error => console.error(`${name} does not work:`, error.message))
    opened.on('close', () => {
      isGone = true
    })
    const version = header(types.version, 4)
    version.writeUInt16LE(1, headerBytes)
    opened.write(version)
    return opened
  }
  const isAbsolute = 1

  return {
    move: axes => send(withAxes(types.motion, [isAbsolute], axes)),
    near: (isNear, axes) => send(withAxes(types.proximity, [isNear ? 1 : 0], axes)),
    press: (button, isDown, axes) => send(withAxes(types.button, [isAbsolute, button, isDown ? 1 : 0], axes)),
    touch: (finger, phase, axes) => send(withAxes(types.touch, [finger, phases[phase]], axes)),
    close: () => socket?.destroy(),
  }
}

const header = (type: number, bytes: number): Buffer => {
  const event = Buffer.alloc(headerBytes + bytes)
  event.writeUInt32LE(event.length, 0)
  event.writeUInt32LE(type, 4)
  return event
}

/** Numbers, then the axes: which of them there are, a bit each, and their values, aligned to eight bytes. */
const withAxes = (type: number, numbers: readonly number[], axes: Axes): Buffer => {
  const before = Math.ceil((headerBytes + numbers.length * 4) / 8) * 8
  const event = header(type, before - headerBytes + axesBytes)
  for (const [index, number] of numbers.entries()) event.writeUInt32LE(number, headerBytes + index * 4)
  for (const [name, value] of Object.entries(axes)) {
    const axis = Number(name)
    const mask = before + 4 + (axis >> 3)
    event.writeUInt8(event.readUInt8(mask) | (1 << (axis & 7)), mask)
    event.writeDoubleLE(value, before + 16 + axis * 8)
  }
  return event
}

const changeProperty = 57
const integer = 19

/** Switched off and on again, a device has nothing pressed and takes the next one who connects. False: there is none. */
const renew = async (display: Display, name: string): Promise<boolean> => {
  const { X, xinput } = display
  const devices = await answer<{ deviceId: number; name: string }[]>(callback => xinput.XIQueryDevice(0, callback))
  const device = devices.find(device => device.name === name)
  if (!device) return false
  const property = await display.atom('Device Enabled')
  for (const isOn of [0, 1]) {
    const request = Buffer.alloc(24)
    request.writeUInt8(xinput.majorOpcode, 0)
    request.writeUInt8(changeProperty, 1)
    request.writeUInt16LE(request.length / 4, 2)
    request.writeUInt16LE(device.deviceId, 4)
    request.writeUInt8(8, 7)
    request.writeUInt32LE(property, 8)
    request.writeUInt32LE(integer, 12)
    request.writeUInt32LE(1, 16)
    request.writeUInt8(isOn, 20)
    X.seq_num++
    X.pack_stream.put(request)
    X.pack_stream.submit()
  }
  // An answer to anything comes after all that was asked before.
  await display.atom('Device Enabled')
  return true
}
