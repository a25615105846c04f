/**
 * Moves a part of a canvas to another place of it, by way of a second canvas: a browser that draws a canvas on itself copies
 * all of it first, which takes three times as long.
 */
import type { Rectangle } from '../../../../protocol/rectangle.ts'

export const createMover = (width: number, height: number) => {
  let between: OffscreenCanvasRenderingContext2D | null = null
  return {
    /** What is moved is opaque. */
    move(context: CanvasRenderingContext2D, fromX: number, fromY: number, to: Rectangle) {
      between ??= new OffscreenCanvas(width, height).getContext('2d', { alpha: false })
      if (!between) throw new Error('this browser paints no pictures')
      between.drawImage(context.canvas, fromX, fromY, to.width, to.height, 0, 0, to.width, to.height)
      context.drawImage(between.canvas, 0, 0, to.width, to.height, to.x, to.y, to.width, to.height)
    },
  }
}
