/** The screen as the X server itself has it: asked for by RFB, without any compression (RFC 6143). */
import { once } from 'node:events'
import { connect } from 'node:net'

const raw = 0
const pointerShape = -239

/** Red, green and blue of every pixel, row by row. */
export const screenOf = async (socketPath: string): Promise<{ width: number; height: number; pixels: Buffer }> => {
  const socket = connect(socketPath)
  let kept = Buffer.alloc(0)
  const read = async (bytes: number): Promise<Buffer> => {
    while (kept.length < bytes) {
      const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })
      kept = Buffer.concat([kept, chunk])
    }
    const taken = kept.subarray(0, bytes)
    kept = kept.subarray(bytes)
    return taken
  }
  try {
    await read(12)
    socket.write('RFB 003.008\n')
    await read((await read(1)).readUInt8())
    const withoutPassword = 1
    socket.write(Buffer.from([withoutPassword]))
    await read(4)
    const shared = 1
    socket.write(Buffer.from([shared]))
    const greeting = await read(24)
    const [width, height] = [greeting.readUInt16BE(0), greeting.readUInt16BE(2)]
    await read(greeting.readUInt32BE(20))
    const encodings = Buffer.alloc(12)
    encodings.writeUInt8(2, 0)
    encodings.writeUInt16BE(2, 2)
    encodings.writeInt32BE(raw, 4)
    // Who can draw the pointer gets a picture without it, if it was he who moved it last.
    encodings.writeInt32BE(pointerShape, 8)
    socket.write(encodings)
    socket.write(Buffer.from([5, 0, 0, 5, 0, 200]))
    const request = Buffer.alloc(10)
    request.writeUInt8(3, 0)
    request.writeUInt16BE(width, 6)
    request.writeUInt16BE(height, 8)
    socket.write(request)
    const pixels = Buffer.alloc(width * height * 3)
    const rectangles = (await read(4)).readUInt16BE(2)
    for (let count = 0; count < rectangles; count++) {
      const head = await read(12)
      const [left, top, across, down] = [0, 2, 4, 6].map(at => head.readUInt16BE(at)) as [
        number,
        number,
        number,
        number,
      ]
      const data = await read(across * down * 4)
      if (head.readInt32BE(8) === pointerShape) {
        await read(Math.ceil(across / 8) * down)
        continue
      }
      for (let y = 0; y < down; y++)
        for (let x = 0; x < across; x++) {
          const from = (y * across + x) * 4
          const to = ((top + y) * width + left + x) * 3
          for (const channel of [0, 1, 2]) pixels[to + channel] = data[from + 2 - channel] ?? 0
        }
    }
    return { width, height, pixels }
  } finally {
    socket.destroy()
  }
}
