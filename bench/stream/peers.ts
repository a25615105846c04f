/** What else shows a desktop in a browser: noVNC, with websockify before a TigerVNC server, and Xpra's HTML5 client. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeHome, removeHome, stop } from '../server.ts'
import type { Stage } from './control.ts'
import type { Desktop } from './desktops.ts'
import { screen } from './layout.ts'
import { processes, treeOf } from './usage.ts'

const patienceMs = 30_000
const lookEveryMs = 50
const modules = join(import.meta.dirname, '../../node_modules')

/** In a group of its own: Ctrl-C is for the benchmark, which ends them in order. */
const start = (
  command: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
  stdio: StdioOptions = 'ignore',
) => spawn(command, args, { stdio, detached: true, env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...more } })

const startProgram = (stage: Stage, name: string, display: string) =>
  start(process.execPath, [join(stage.folder, 'program.ts'), stage.folder, name], { DISPLAY: display }, [
    ...['ignore' as const, 'ignore' as const, 'inherit' as const],
  ])

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const listens = async (port: number, child: ChildProcess, what: string) => {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(lookEveryMs)) {
    if (child.exitCode !== null) break
    const isThere = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isThere) return
  }
  throw new Error(`${what} does not start`)
}

/** With what it started, which does not always end by itself when it is killed. */
const stopTree = async (child: ChildProcess) => {
  const tree = treeOf(child.pid === undefined ? [] : [child.pid])
  await stop(child)
  const left = processes().filter(one => tree.some(({ pid, command }) => pid === one.pid && command === one.command))
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGTERM')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** The X server chooses a number that is free and tells it. */
const displayOf = async (child: ChildProcess): Promise<string> => {
  const told = child.stdio[3]
  if (!told) throw new Error('the X server tells nothing')
  const [number] = await once(told, 'data', { signal: AbortSignal.timeout(patienceMs) })
  return `:${String(number).trim()}`
}

const page = (port: number) => `<!doctype html>
<meta charset="utf-8">
<style>html, body, #screen { margin: 0; width: 100%; height: 100%; overflow: hidden }</style>
<div id="screen"></div>
<script type="module">
  import RFB from './novnc/core/rfb.js'
  const rfb = new RFB(document.getElementById('screen'), 'ws://127.0.0.1:${port}/websockify', { shared: true })
  const quality = new URLSearchParams(location.search).get('quality')
  if (quality) rfb.qualityLevel = Number(quality)
  rfb.addEventListener('connect', () => rfb.focus())
  window.rfb = rfb
</script>
`

export interface VncDesktop extends Desktop {
  /** The page of another quality than noVNC's own, from 0 to 9. */
  openAt(quality: number): Promise<string>
}

export const startVnc = async (stage: Stage): Promise<VncDesktop> => {
  await using failing = new AsyncDisposableStack()
  const home = makeHome()
  failing.defer(() => removeHome(home))
  const [rfbPort, port] = [await freePort(), await freePort()]
  const size = `${screen.width}x${screen.height}`
  const xServer = start(
    'Xtigervnc',
    [
      ...['-displayfd', '3', '-geometry', size, '-depth', '24', '-SecurityTypes', 'None', '-AlwaysShared'],
      ...['-rfbport', String(rfbPort), '-localhost', '-nolisten', 'tcp', '-noreset'],
    ],
    { HOME: home },
    ['ignore', 'ignore', 'ignore', 'pipe'],
  )
  failing.defer(() => stop(xServer))
  const display = await displayOf(xServer)
  await listens(rfbPort, xServer, 'TigerVNC')
  symlinkSync(join(modules, '@novnc/novnc'), join(home, 'novnc'))
  writeFileSync(join(home, 'index.html'), page(port))
  const websockify = start('websockify', ['--web', home, `127.0.0.1:${port}`, `127.0.0.1:${rfbPort}`], { HOME: home })
  failing.defer(() => stopTree(websockify))
  await listens(port, websockify, 'websockify')
  const program = startProgram(stage, 'noVNC', display)
  failing.defer(() => stop(program))
  const control = await stage.program('noVNC')
  const started = failing.move()
  const address = `http://127.0.0.1:${port}/index.html`
  return {
    ...{ name: 'noVNC', program: control, port },
    open: async () => address,
    openAt: async quality => `${address}?quality=${quality}`,
    pids: () => treeOf([xServer, websockify].flatMap(({ pid }) => pid ?? [])).map(({ pid }) => pid),
    close: () => started.disposeAsync(),
  }
}

export const startXpra = async (stage: Stage): Promise<Desktop> => {
  await using failing = new AsyncDisposableStack()
  const home = makeHome()
  failing.defer(() => removeHome(home))
  const port = await freePort()
  for (const folder of ['run', 'sockets']) mkdirSync(join(home, folder), { mode: 0o700 })
  const xpra = start(
    'xpra',
    [
      ...['start-desktop', '--daemon=no', `--bind-tcp=127.0.0.1:${port}`, '--html=on', '--displayfd=3'],
      `--xvfb=Xvfb +extension GLX +extension Composite -screen 0 ${screen.width}x${screen.height}x24+32 -dpi 96 -nolisten tcp -noreset`,
      ...[
        '--resize-display=no',
        `--socket-dir=${join(home, 'sockets')}`,
        '--bind=none',
        '--mdns=no',
        '--pulseaudio=no',
      ],
      ...['--notifications=no', '--system-tray=no', '--dbus-proxy=no', '--dbus-launch=no', '--start-new-commands=no'],
      ...['--speaker=off', '--microphone=off', '--webcam=no', '--printing=no', '--file-transfer=no', '--opengl=no'],
    ],
    { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), USER: process.env.USER ?? 'root' },
    ['ignore', 'ignore', 'ignore', 'pipe'],
  )
  failing.defer(() => stopTree(xpra))
  const display = await displayOf(xpra)
  await listens(port, xpra, 'Xpra')
  const program = startProgram(stage, 'Xpra', display)
  failing.defer(() => stop(program))
  const control = await stage.program('Xpra')
  const started = failing.move()
  return {
    ...{ name: 'Xpra', program: control, port },
    open: async () =>
      `http://127.0.0.1:${port}/index.html?floating_menu=no&sound=false&clipboard=false&notifications=false&video=true`,
    pids: () => treeOf([xpra].flatMap(({ pid }) => pid ?? [])).map(({ pid }) => pid),
    close: () => started.disposeAsync(),
  }
}
