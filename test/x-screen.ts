/** The screen as the X server itself has it, without the pointer: asked for by the X protocol, in two requests. */
import { once } from 'node:events'
import { connect } from 'node:net'

const littleEndian = 'l'.charCodeAt(0)
const getGeometry = 14
const getImage = 73
const zPixmap = 2

/** Red, green and blue of every pixel, row by row. */
export const screenOf = async (socketPath: string): Promise<{ width: number; height: number; pixels: Buffer }> => {
  const socket = connect(socketPath)
  const chunks: Buffer[] = []
  let kept = 0
  const read = async (bytes: number): Promise<Buffer> => {
    while (kept < bytes) {
      const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })
      chunks.push(chunk)
      kept += chunk.length
    }
    const all = Buffer.concat(chunks.splice(0))
    kept = all.length - bytes
    chunks.push(all.subarray(bytes))
    return all.subarray(0, bytes)
  }
  const readReply = async (): Promise<Buffer> => {
    const head = await read(32)
    if (head.readUInt8(0) !== 1) throw new Error(`the X server refuses with error ${head.readUInt8(1)}`)
    return Buffer.concat([head, await read(head.readUInt32LE(4) * 4)])
  }
  try {
    socket.write(Buffer.from([littleEndian, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    const setup = await read((await read(8)).readUInt16LE(6) * 4)
    const vendorBytes = Math.ceil(setup.readUInt16LE(16) / 4) * 4
    const root = setup.readUInt32LE(32 + vendorBytes + setup.readUInt8(21) * 8)

    const askSize = Buffer.alloc(8)
    askSize.writeUInt8(getGeometry, 0)
    askSize.writeUInt16LE(2, 2)
    askSize.writeUInt32LE(root, 4)
    socket.write(askSize)
    const geometry = await readReply()
    const [width, height] = [geometry.readUInt16LE(16), geometry.readUInt16LE(18)]

    const askImage = Buffer.alloc(20)
    askImage.writeUInt8(getImage, 0)
    askImage.writeUInt8(zPixmap, 1)
    askImage.writeUInt16LE(5, 2)
    askImage.writeUInt32LE(root, 4)
    askImage.writeUInt16LE(width, 12)
    askImage.writeUInt16LE(height, 14)
    askImage.writeUInt32LE(0xffffffff, 16)
    socket.write(askImage)
    const image = (await readReply()).subarray(32)
    const pixels = Buffer.alloc(width * height * 3)
    for (let pixel = 0; pixel < width * height; pixel++)
      for (const channel of [0, 1, 2]) pixels[pixel * 3 + channel] = image[pixel * 4 + 2 - channel] ?? 0
    return { width, height, pixels }
  } finally {
    socket.destroy()
  }
}
