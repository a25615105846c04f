/**
 * The images of this host, for the administrator's command. A server that runs meanwhile is not told: its driver
 * looks at the same folder whenever a workstation starts. An image is made in a box of its own and appears, whole
 * and tried, by one rename; it never changes after that.
 */
import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DriverError } from '../../driver.ts'
import { createShelf, exists } from '../../shelf.ts'
import { imageForm, imageOfVolume } from '../image.ts'
import { createCgroupLimits } from '../limits-cgroup.ts'
import { createNoLimits } from '../limits-none.ts'
import { createPlace, removePlace } from '../place.ts'
import { bytesFree, gib, noRoom } from '../room.ts'
import { asDriverError, run } from '../run.ts'
import { chooseStorage, type StorageOptions } from '../storage-choice.ts'
import { build } from './build.ts'
import { digestOf } from './layers.ts'
import { lockFolder } from './lock.ts'
import type { Recipe } from './recipe.ts'
import { endTrial, tryImage } from './trial.ts'
import { arrange, unpack, type Workshop } from './unpack.ts'

/** What `image.json` says. */
export interface Image {
  /** As CreateStreamingImage takes it for `ec2ImageId`. */
  id: string
  name: string
  /** What the image calls itself, such as `Debian GNU/Linux 12 (bookworm)`. */
  system: string
  /** How it was made, and from what. */
  source: string
  /** SHA-256 of the archive, or of the recipe and all packages with their versions. */
  digest: string
  sizeBytes: number
  /** In the form of ISO 8601. */
  createdAt: string
}

export interface Images {
  list(): Promise<Image[]>
  /** Volumes of workstations that start from the image. */
  users(id: string): Promise<string[]>
  /** The same archive, or the same packages, are the same image: what is there already is given back. */
  import(archive: string, name: string): Promise<Image>
  build(recipe: Recipe, name: string): Promise<Image>
  /** @throws DriverError while a workstation has it. */
  remove(id: string): Promise<void>
  /** Leaves the host as it was before. */
  close(): Promise<void>
}

export interface ImagesOptions extends StorageOptions {
  /** The folder of the driver. */
  root: string
  /** What is being done, for a person who waits. */
  report: (line: string) => void
  /** Ends what is being done and clears it away. */
  signal: AbortSignal
}

/** Left on every disk for the workstations that run. */
const roomBytes = gib

export const openImages = async (options: ImagesOptions): Promise<Images> => {
  const isRoot = process.getuid?.() === 0
  const place = await createPlace(options.root, isRoot)
  // A server must not take the desktop of a trial for a workstation that nobody owns.
  const trialPlace = { ...place, name: `${place.name}-trial` }
  const storage = await chooseStorage(place, isRoot, options)
  const folder = join(storage.folder, 'images')
  await mkdir(folder, { recursive: true, mode: 0o711 })
  const shelf = createShelf(folder, storage.remove)
  const volumes = join(storage.folder, 'volumes')
  // Ids have no dot and images are never called so, so no image can have this name.
  const box = join(folder, 'unfinished.new')

  const list = async (): Promise<Image[]> => {
    const ids = (await shelf.ids()).filter(id => imageForm.test(id))
    const images = await Promise.all(ids.map(id => readDescription(join(folder, id))))
    return images.filter(image => image !== undefined).sort((a, b) => a.createdAt.localeCompare(b.createdAt))
  }

  const users = async (id: string): Promise<string[]> => {
    const names = (await exists(volumes)) ? (await readdir(volumes)).filter(name => !name.includes('.')) : []
    const images = await Promise.all(names.map(name => imageOfVolume(join(volumes, name))))
    return names.filter((_, index) => images[index] === id)
  }

  const clear = async () => {
    await endTrial(trialPlace)
    for (const tree of ['tree', 'layers']) await storage.remove(join(box, tree))
    await rm(box, { recursive: true, force: true })
    for (const name of await readdir(folder)) if (name.endsWith('.gone')) await shelf.remove(name.replace('.gone', ''))
  }

  /** Alone, and after what a process has left that was killed. */
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    const unlock = await lockFolder(folder)
    try {
      await clear()
      return await work()
    } catch (error) {
      throw asDriverError(error)
    } finally {
      await unlock()
    }
  }

  const found = async (digest: string) => (await list()).find(image => image.digest === digest)

  const make = async (name: string, fill: (workshop: Workshop) => Promise<Image | Pick<Image, 'digest' | 'source'>>) =>
    await alone(async () => {
      const room = watchRoom([storage.folder, place.root])
      const signal = AbortSignal.any([options.signal, room.signal])
      try {
        await room.look()
        signal.throwIfAborted()
        await mkdir(box, { mode: 0o711 })
        const made = await fill({ box, storage, signal, report: options.report })
        await room.look()
        signal.throwIfAborted()
        return 'id' in made ? made : await finish({ id: idOf(made.digest), name, ...made }, signal)
      } finally {
        room.stop()
        await clear()
      }
    })

  const finish = async (image: Pick<Image, 'id' | 'name' | 'digest' | 'source'>, signal: AbortSignal) => {
    const tree = join(box, 'tree')
    await arrange(tree, signal)
    options.report('starting a desktop from it')
    const limits = isRoot
      ? await createCgroupLimits({ name: trialPlace.name, device: storage.device })
      : createNoLimits('not made by root')
    const trial = { folder: join(box, 'trial'), tree, place: trialPlace, limits, signal }
    const system = await tryImage(trial).finally(() => limits.close())
    await rm(join(box, 'trial'), { recursive: true })
    await storage.seal(tree)
    const [bytes = '0'] = (await run('du', ['-sx', '--block-size=1', '--', tree], 10 * 60_000)).split('\t')
    const whole: Image = { ...image, system, sizeBytes: Number(bytes), createdAt: new Date().toISOString() }
    await writeFile(join(box, 'image.json'), JSON.stringify(whole))
    await storage.sync(tree)
    signal.throwIfAborted()
    await rename(box, join(folder, image.id))
    return whole
  }

  return {
    list,
    users,

    import: (archive, name) =>
      make(name, async workshop => {
        const file = await realpath(archive)
        const digest = await digestOf(file)
        return (await found(digest)) ?? { digest, source: `${await unpack(file, workshop)} ${basename(archive)}` }
      }),

    build: (recipe, name) =>
      make(name, async workshop => {
        const { digest, packages } = await build(recipe, join(place.root, 'packages'), workshop)
        return (await found(digest)) ?? { digest, source: `debootstrap ${recipe.suite}, ${packages} packages` }
      }),

    remove: id =>
      alone(async () => {
        if (!imageForm.test(id) || !(await shelf.has(id)))
          throw new DriverError('AMI_VALIDATION_ERROR', `there is no image ${JSON.stringify(id)}`)
        const [user, ...others] = await users(id)
        if (user !== undefined)
          throw new DriverError(
            'AMI_VALIDATION_ERROR',
            `${id} is in use by ${others.length + 1} workstations, as by the volume ${user}: delete them first`,
          )
        await shelf.remove(id)
      }),

    async close() {
      const isIdle = (await readdir(place.machines)).length === 0
      // Of plain folders nobody can tell whether a server has them open; of a pool, the kernel can.
      if (storage.device === undefined || !(await storage.close(isIdle))) return
      if (isRoot) await removePlace(place)
    },
  }
}

/** Undefined for an image that is being removed. */
const readDescription = async (path: string): Promise<Image | undefined> => {
  try {
    return JSON.parse(await readFile(join(path, 'image.json'), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** As EC2's: 17 digits. */
const idOf = (digest: string) => `ami-${digest.slice(0, 17)}`

const watchEveryMs = 500

/** Aborts when a disk gets full, so that no archive, however it was made, takes the room of the workstations. */
const watchRoom = (folders: readonly string[]) => {
  const controller = new AbortController()
  const look = async () => {
    for (const folder of folders) {
      const free = await bytesFree(folder)
      if (free < roomBytes) controller.abort(noRoom('an image', roomBytes, free))
    }
  }
  const timer = setInterval(() => look().catch(error => controller.abort(error)), watchEveryMs)
  return { signal: controller.signal, look, stop: () => clearInterval(timer) }
}
