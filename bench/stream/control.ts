/** The folder that the program of every desktop is run from, and the socket by which it is told what to show. */
import { once } from 'node:events'
import { chmodSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { makeHome, removeHome } from '../server.ts'
import { drawMotion, pictureBytes } from './motion.ts'
import type { Show, Told } from './told.ts'

const limitMs = 30_000
const root = join(import.meta.dirname, '../..')

export interface Program {
  /** Resolves when the X server has drawn it; with what was drawn since it was told something the last time. */
  show(what: Show): Promise<{ drawnAt: number; drawn: number }>
  /** Blue, green, red and an unused byte of every pixel, as the X server has them. */
  screenshot(): Promise<Buffer>
}

export interface Stage {
  /** `program.ts` is in it, and may be read by everybody. */
  folder: string
  /** Of the video. */
  picture(which: number): Buffer
  /** The program that says it is of this desktop. */
  program(name: string): Promise<Program>
  close(): void
}

export const setStage = async (): Promise<Stage> => {
  const folder = makeHome()
  chmodSync(folder, 0o755)
  const motion = drawMotion()
  writeFileSync(join(folder, 'motion'), motion)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  for (const file of ['program.ts', 'layout.ts']) copyFileSync(join(import.meta.dirname, file), join(folder, file))
  mkdirSync(join(folder, 'node_modules'))
  cpSync(join(root, 'node_modules/x11'), join(folder, 'node_modules/x11'), { recursive: true })

  const arrived = new Map<string, Program>()
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    const program = converse(socket)
    void program.named.then(name => arrived.set(name, program)).catch(() => socket.destroy())
  })
  server.listen(join(folder, 'control'))
  await once(server, 'listening')
  chmodSync(join(folder, 'control'), 0o666)
  return {
    folder,
    picture: which => motion.subarray(which * pictureBytes, (which + 1) * pictureBytes),
    async program(name) {
      for (const end = performance.now() + limitMs; performance.now() < end; ) {
        const program = arrived.get(name)
        if (program) return program
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      throw new Error(`the program on the desktop ${name} does not start`)
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      removeHome(folder)
    },
  }
}

const converse = (socket: Socket): Program & { named: Promise<string> } => {
  let kept = Buffer.alloc(0)
  let wake = () => {}
  socket.on('data', chunk => {
    kept = Buffer.concat([kept, chunk as Buffer])
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', () => wake())
  const until = async (has: () => boolean) => {
    for (const end = performance.now() + limitMs; !has(); ) {
      if (socket.destroyed || performance.now() > end) throw new Error('the program on the desktop says nothing')
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, limitMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  const take = (bytes: number) => {
    const taken = kept.subarray(0, bytes)
    kept = kept.subarray(bytes)
    return taken
  }
  const hear = async (): Promise<Told> => {
    await until(() => kept.includes('\n'))
    return JSON.parse(take(kept.indexOf('\n') + 1).toString())
  }
  const ask = async (words: string): Promise<Told> => {
    socket.write(`${words}\n`)
    return await hear()
  }
  const named = hear().then(told => ('name' in told ? told.name : ''))
  return {
    named,
    async show(what) {
      const told = await ask(what)
      if (!('drawn' in told)) throw new Error('the program on the desktop does not say what it drew')
      return told
    },
    async screenshot() {
      const told = await ask('screenshot')
      if (!('bytes' in told)) throw new Error('the program on the desktop gives no screenshot')
      await until(() => kept.length >= told.bytes)
      return Buffer.from(take(told.bytes))
    },
  }
}
