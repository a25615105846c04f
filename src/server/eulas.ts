/**
 * License agreements come from the operator: `<home>/eulas/NAME.md` or `.txt`, and `images.json` beside them, which says
 * whose they are: `{"ami-host": ["NAME"]}`. They are read when the server starts. A text that was changed is another
 * EULA, because what was accepted is the text: its id follows from name and text, and it has to be accepted anew.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { idFrom } from '../contract/ids.ts'
import { fits } from '../contract/validate.ts'
import type { Db } from '../store/database.ts'
import { type AskedEulas, eulaById, pathOfEula, replaceEulas } from '../store/eulas.ts'
import { StartupError } from './startup.ts'

const mostBytes = 1024 * 1024

/** Makes what the folder says what there is. @throws StartupError for what cannot be understood, naming the file. */
export const loadEulas = (db: Db, home: string, now: number): Promise<void> =>
  replaceEulas(db, readEulas(join(home, 'eulas')), now)

/** `GET /eulas/ID`: the text, as text, for everybody. Whoever is asked to accept it has to be able to read it. */
export const eulaRoutes =
  (db: Db) =>
  (app: FastifyInstance): void => {
    app.get<{ Params: { eulaId: string } }>(pathOfEula(':eulaId'), async (request, reply) => {
      const eula = await eulaById(db, request.params.eulaId)
      if (!eula) return reply.callNotFound()
      return reply.type('text/plain; charset=utf-8').send(eula.content)
    })
  }

const readEulas = (folder: string): AskedEulas => {
  if (!existsSync(folder)) return { eulas: [], images: {} }
  const eulas = readdirSync(folder)
    .filter(file => ['.md', '.txt'].includes(extname(file)))
    .sort()
    .map(file => {
      const name = file.slice(0, -extname(file).length)
      if (!fits(name, 'EulaName')) throw new StartupError(`${join(folder, file)}: a name has at most 64 characters`)
      const content = readText(join(folder, file))
      return { id: idOf(name, content), name, content }
    })
  const ids = new Map<string, string>()
  for (const { name, id } of eulas) {
    if (ids.has(name)) throw new StartupError(`${folder} has two EULAs that are called ${name}`)
    ids.set(name, id)
  }
  return { eulas, images: readImages(join(folder, 'images.json'), ids) }
}

const readImages = (file: string, ids: ReadonlyMap<string, string>): AskedEulas['images'] => {
  if (!existsSync(file)) return {}
  const form = `${file} must be a JSON object of lists, such as {"ami-host": ["NAME"]}`
  let images: unknown
  try {
    images = JSON.parse(readText(file))
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(form, { cause: error })
  }
  if (typeof images !== 'object' || images === null || Array.isArray(images)) throw new StartupError(form)
  return Object.fromEntries(
    Object.entries(images).map(([image, names]) => {
      if (!fits(image, 'EC2ImageId') || !Array.isArray(names)) throw new StartupError(form)
      return [image, names.map(name => ids.get(name) ?? unknown(file, name))]
    }),
  )
}

const unknown = (file: string, name: unknown): never => {
  throw new StartupError(`${file} names ${JSON.stringify(name)}, and there is no such .md or .txt beside it`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const readText = (file: string): string => {
  try {
    const about = statSync(file)
    // Asked before it is read: a pipe would keep the start waiting for ever.
    if (!about.isFile() || about.size > mostBytes) throw new StartupError(`${file} must be a file of at most 1 MiB`)
    return utf8.decode(readFileSync(file))
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(`${file} cannot be read as UTF-8 text`, { cause: error })
  }
}

/** 22 characters, as all ids, and the same on every server that has the same text. */
const idOf = (name: string, content: string): string => {
  const digest = createHash('sha256')
    .update(JSON.stringify([name, content]))
    .digest()
  return idFrom(digest.readUIntBE(0, 6), digest.subarray(6))
}
