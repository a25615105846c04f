/** `node which-encoder.ts`: prints which encoder desktops with this machine's GPUs get; fails where none makes video. */
import { candidates, chooseEncoder, software } from './encoders.ts'
import { createVideoEncoder } from './video.ts'

const encoder = await chooseEncoder(await candidates())
if (encoder === software) createVideoEncoder(software, 640, 384).close()
console.log(encoder.name)
