/**
 * The program whose picture is streamed: `node program.ts FOLDER NAME`, the same one on every desktop, on the display
 * that the environment names. FOLDER holds the pictures of the video and the socket at which the benchmark tells what
 * to show. It covers the screen, takes all keys, and answers each with the square of `layout.ts`.
 *
 * What programs draw by themselves is drawn off the screen and copied to it, as the toolkits of today do.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import x11, { type Connected } from 'x11'
import { code, codeOf, echo, motion, screen, sign, signColour } from './layout.ts'
import type { Show, Told } from './told.ts'

const [, , folder = '', name = ''] = process.argv
const pictureBytes = motion.width * motion.height * 4

const zPixmap = 2
const allPlanes = 0xffffffff
const depth = 24
const sameAsParent = 0
const events = { keyPress: 2, expose: 12 }
const eventMask = { keyPress: 0x1, exposure: 0x8000 }
const asynchronous = 1
const framesPerSecond = 60

const answer = <Value>(ask: (callback: (error: Error | null, value: Value) => void) => void) =>
  new Promise<Value>((resolve, reject) => ask((error, value) => (error ? reject(error) : resolve(value))))

const display = process.env.DISPLAY ?? ''
const { client: X, screen: screens } = await answer<Connected>(callback => x11.createClient({ display }, callback))
X.on('error', error => {
  throw error
})
X.on('end', () => process.exit(0))
const root = screens[0]?.root ?? 0
const done = () => answer<unknown>(callback => X.GetInputFocus(callback))

const make = (create: (id: number) => void): number => {
  const id = X.AllocID()
  create(id)
  return id
}
const font = make(id => X.OpenFont(id, 'fixed'))
const brush = (foreground: number) => make(id => X.CreateGC(id, root, { foreground, font, graphicsExposures: false }))
const black = brush(0x000000)
const white = brush(0xffffff)
const grey = brush(0xd8dce0)
const blue = brush(0x2a5a9a)
const text = brush(0x202428)
const signBrush = brush(signColour)
const pixmap = (width: number, height: number) => make(id => X.CreatePixmap(id, root, depth, width, height))
const fill = (drawable: number, gc: number, x: number, y: number, width: number, height: number) =>
  X.PolyFillRectangle(drawable, gc, [x, y, width, height])

/** In pieces that fit into a request without the extension for large ones. */
const put = async (drawable: number, pixels: Buffer, width: number, height: number) => {
  const rows = Math.floor((65_535 * 4 - 32) / (width * 4))
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y)
    X.PutImage(
      zPixmap,
      drawable,
      black,
      width,
      count,
      0,
      y,
      0,
      depth,
      pixels.subarray(y * width * 4, (y + count) * width * 4),
    )
  }
  await done()
}

// The video.
const putPictures = async () => {
  const video = readFileSync(join(folder, 'motion'))
  const pictures: number[] = []
  for (let at = 0; at < video.length; at += pictureBytes) {
    const picture = pixmap(motion.width, motion.height)
    await put(picture, video.subarray(at, at + pictureBytes), motion.width, motion.height)
    pictures.push(picture)
  }
  return pictures
}
const pictures = await putPictures()
/** Forwards and backwards. */
const order = [...pictures.keys(), ...[...pictures.keys()].slice(1, -1).reverse()]

// The office: a page of a long document, and a window above it.
const wordsOf = (line: number, letters: number) => {
  let [seed, words] = [line * 7919 + 17, '']
  while (words.length < letters) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    words += String.fromCharCode(97 + ((seed >>> 8) % 26))
    if ((seed >>> 16) % 6 === 0) words += ' '
  }
  return words.slice(0, letters)
}
const leading = 15
const writing = { x: 60, y: 100, width: 1080, height: 900 }
const documentHeight = writing.height + 2400
const paper = pixmap(writing.width, documentHeight)
fill(paper, white, 0, 0, writing.width, documentHeight)
for (let line = 0; line * leading < documentHeight; line++) {
  if (line % 24 === 0) fill(paper, blue, 20, line * leading + 2, 300, leading - 4)
  else X.PolyText8(paper, text, 20, line * leading + 12, [wordsOf(line, 160)])
}
// Pictures in the text.
for (let y = 500, which = 0; y < documentHeight - 260; y += 700, which++)
  X.CopyArea(pictures[which % pictures.length] ?? 0, paper, black, 300, 300, 420, y, 420, 240)
/** What the screen shows of the office below the window, complete. */
const desk = pixmap(screen.width, screen.height)
const panel = { width: 640, height: 420 }
const panelPicture = pixmap(panel.width, panel.height)
fill(panelPicture, grey, 0, 0, panel.width, panel.height)
fill(panelPicture, blue, 0, 0, panel.width, 24)
for (let line = 3; line * leading < panel.height - 20; line++)
  X.PolyText8(panelPicture, text, 16, line * leading, [wordsOf(1000 + line, 96)])

// The screen.
const window = make(id =>
  X.CreateWindow(id, root, 0, 0, screen.width, screen.height, 0, 0, 0, sameAsParent, {
    overrideRedirect: true,
    eventMask: eventMask.keyPress | eventMask.exposure,
  }),
)
const panelWindow = make(id =>
  X.CreateWindow(id, window, 1200, 120, panel.width, panel.height, 0, 0, 0, sameAsParent, {
    backgroundPixmap: panelPicture,
  }),
)
let presses = 0
const drawEcho = (drawable: number) =>
  fill(drawable, presses % 2 ? white : black, echo.x, echo.y, echo.width, echo.height)
const drawDesk = () => {
  fill(desk, grey, 0, 0, screen.width, screen.height)
  fill(desk, signBrush, sign.x, sign.y, sign.width, sign.height)
  drawEcho(desk)
  X.CopyArea(paper, desk, black, 0, 0, writing.x, writing.y, writing.width, writing.height)
  X.CopyArea(desk, window, black, 0, 0, 0, 0, screen.width, screen.height)
}
X.on('event', event => {
  if (event.type === events.keyPress) {
    presses++
    drawEcho(window)
    drawEcho(desk)
  }
  if (event.type === events.expose && shown !== 'video') {
    const [x, y, width, height] = [event.x, event.y, event.width, event.height].map(Number)
    X.CopyArea(desk, window, black, x ?? 0, y ?? 0, x ?? 0, y ?? 0, width ?? 0, height ?? 0)
  }
})

let shown: Show = 'rest'
/** Counts what is shown, so that what was shown before ends. */
let turn = 0
let drawnAt = 0
let drawn = 0

const drawVideo = (count: number) => {
  const which = order[count % order.length] ?? 0
  const picture = pictures[which] ?? 0
  drawnAt = Date.now()
  const squares = codeOf(drawnAt, which).flatMap((isWhite, bit) =>
    isWhite ? [bit * code.side, 0, code.side, code.side] : [],
  )
  fill(picture, black, 0, 0, codeOf(0, 0).length * code.side, code.side)
  X.PolyFillRectangle(picture, white, squares)
  X.CopyArea(picture, window, black, 0, 0, motion.x, motion.y, motion.width, motion.height)
}

/** A round of office work takes 360 steps: two seconds each of typing, of scrolling, of dragging a window. */
const drawOffice = (count: number) => {
  const step = count % 360
  drawnAt = Date.now()
  if (step < 120) typeLetter(step)
  else if (step < 240) scroll(step - 120)
  else drag(step - 240)
}
const typeLetter = (step: number) => {
  if (step % 5 !== 0) return
  const letter = step / 5
  const [x, y] = [20 + letter * 6, 30 + Math.floor(step / 60) * leading]
  for (const [drawable, left, top] of [
    [desk, writing.x, writing.y],
    [window, writing.x, writing.y],
  ] as const) {
    fill(drawable, white, left + x, top + y - 11, 8, 13)
    X.PolyText8(drawable, text, left + x, top + y, [wordsOf(5000, 30).charAt(letter)])
  }
}
const scroll = (step: number) => {
  if (step % 2 !== 0) return
  const from = Math.min(documentHeight - writing.height, (step / 2) * 40)
  X.CopyArea(paper, desk, black, 0, from, writing.x, writing.y, writing.width, writing.height)
  X.CopyArea(desk, window, black, writing.x, writing.y, writing.x, writing.y, writing.width, writing.height)
}
const drag = (step: number) => {
  const along = (step / 120) * 2 * Math.PI
  X.MoveWindow(panelWindow, Math.round(800 + 400 * Math.cos(along)), Math.round(340 + 220 * Math.sin(along)))
}

/** A millisecond of sound: two channels of 16 bits. */
const soundBytes = 48 * 2 * 2
const clapEveryMs = 600
const tone = Buffer.alloc(80 * soundBytes)
for (let at = 0; at < tone.length; at += 2)
  tone.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * 1000 * Math.floor(at / 4)) / 48_000)), at)

/** Given to the sound server as a player of films does that keeps little ahead: 20 ms. */
const clap = async (mine: number) => {
  const format = ['--raw', '--rate=48000', '--channels=2', '--format=s16le']
  const player = spawn('pacat', [...format, '--latency-msec=20'], { stdio: ['pipe', 'ignore', 'inherit'] })
  while (mine === turn) {
    await new Promise(resolve => setTimeout(resolve, clapEveryMs))
    presses++
    drawEcho(window)
    drawEcho(desk)
    player.stdin.write(tone)
    drawnAt = Date.now()
    drawn++
  }
  player.stdin.end()
}

const play = async (draw: (count: number) => void, mine: number) => {
  let next = performance.now()
  for (let count = 0; mine === turn; count++) {
    draw(count)
    drawn++
    // The X server keeps pace: what it has not drawn yet is not drawn at all.
    await done()
    next += 1000 / framesPerSecond
    const waitMs = next - performance.now()
    if (waitMs < -100) next = performance.now()
    if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs))
  }
}

const show = (what: Show) => {
  shown = what
  turn++
  drawn = 0
  if (what === 'rest') return
  X.RaiseWindow(window)
  if (what === 'video') {
    X.MoveWindow(panelWindow, screen.width, 0)
    void play(drawVideo, turn)
    return
  }
  X.MoveWindow(panelWindow, 1200, 120)
  drawDesk()
  if (what === 'office') void play(drawOffice, turn)
  if (what === 'claps') void clap(turn)
}

const screenshot = async (): Promise<Buffer> => {
  const rows = 60
  const parts: Buffer[] = []
  for (let y = 0; y < screen.height; y += rows) {
    const { data } = await answer<{ data: Buffer }>(callback =>
      X.GetImage(zPixmap, root, 0, y, screen.width, Math.min(rows, screen.height - y), allPlanes, callback),
    )
    parts.push(data)
  }
  return Buffer.concat(parts)
}

X.MapWindow(window)
X.MapWindow(panelWindow)
const grab = () => answer<number>(callback => X.GrabKeyboard(window, 0, 0, asynchronous, asynchronous, callback))
// The window manager holds it for a moment when it starts.
for (const end = performance.now() + 10_000; (await grab()) !== 0; ) {
  if (performance.now() > end) throw new Error('the keyboard is not to be had')
  await new Promise(resolve => setTimeout(resolve, 50))
}
show('desk')
await done()

const socket = connect(join(folder, 'control'))
socket.on('close', () => process.exit(0))
const tell = (told: Told) => socket.write(`${JSON.stringify(told)}\n`)
tell({ name })
createInterface(socket).on('line', async line => {
  if (line === 'screenshot') {
    const pixels = await screenshot()
    tell({ bytes: pixels.length })
    socket.write(pixels)
    return
  }
  const before = { drawnAt, drawn }
  show(line as Show)
  await done()
  tell(before)
})
