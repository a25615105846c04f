import type { DesktopMessage } from '../../../../protocol/messages.ts'

/** The desktop's pointer as a style of the page: it follows the hand without waiting for anybody. */
export const cursorStyle = ({ hotX, hotY, width, height, pixels }: Extract<DesktopMessage, { kind: 'cursor' }>) => {
  if (width === 0 || height === 0) return 'none'
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const image = new ImageData(new Uint8ClampedArray(pixels), width, height)
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return `url(${canvas.toDataURL()}) ${hotX} ${hotY}, default`
}
