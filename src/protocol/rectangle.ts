/** A part of the screen in pixels, from the upper left corner. */
export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

export const areaOf = ({ width, height }: Rectangle): number => width * height

export const areaOfAll = (rectangles: readonly Rectangle[]): number =>
  rectangles.reduce((sum, rectangle) => sum + areaOf(rectangle), 0)

/** The part that both have; undefined when there is none. */
export const intersection = (a: Rectangle, b: Rectangle): Rectangle | undefined => {
  const x = Math.max(a.x, b.x)
  const y = Math.max(a.y, b.y)
  const width = Math.min(a.x + a.width, b.x + b.width) - x
  const height = Math.min(a.y + a.height, b.y + b.height) - y
  return width > 0 && height > 0 ? { x, y, width, height } : undefined
}

/** What is left of `from` without `without`, in at most four rectangles. */
export const subtract = (from: Rectangle, without: Rectangle): Rectangle[] => {
  const hole = intersection(from, without)
  if (!hole) return [from]
  const right = from.x + from.width
  const bottom = from.y + from.height
  const holeRight = hole.x + hole.width
  const holeBottom = hole.y + hole.height
  return [
    { x: from.x, y: from.y, width: from.width, height: hole.y - from.y },
    { x: from.x, y: holeBottom, width: from.width, height: bottom - holeBottom },
    { x: from.x, y: hole.y, width: hole.x - from.x, height: hole.height },
    { x: holeRight, y: hole.y, width: right - holeRight, height: hole.height },
  ].filter(({ width, height }) => width > 0 && height > 0)
}

/** The same area without overlaps. */
export const disjoint = (parts: readonly Rectangle[]): Rectangle[] => {
  let taken: Rectangle[] = []
  for (const part of parts) {
    if (taken.some(other => intersection(other, part))) {
      let left = [part]
      for (const other of taken) left = left.flatMap(rest => subtract(rest, other))
      taken = [...taken, ...left]
    } else taken.push(part)
  }
  return taken
}

/** The smallest rectangle around both. */
export const around = (a: Rectangle, b: Rectangle): Rectangle => {
  const x = Math.min(a.x, b.x)
  const y = Math.min(a.y, b.y)
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  }
}
