/** `node try-encoder.ts ENCODER`: ends well if this encoder makes a picture here (`encoders.ts`). */
import { createVideoEncoder } from './video.ts'

const [width, height] = [640, 384]
const encoder = createVideoEncoder(JSON.parse(process.argv[2] ?? ''), width, height)
await encoder.update(Buffer.alloc(width * height * 4), 0, height)
const { data, isKey } = await encoder.encode(true)
if (!isKey || data.length === 0) throw new Error('no picture')
encoder.close()
