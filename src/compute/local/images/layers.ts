/**
 * Archives of container images: what `podman save --format oci-archive`, `skopeo copy … oci-archive:` and `docker save`
 * write. They hold layers and say in JSON which ones make an image; `umoci` lays them over each other and checks
 * that each is what its digest says. Here the image is chosen and, where an archive is of Docker's older form, written
 * down as the OCI has it. Everything in the archive is hostile, and lies on the disk as its archive wanted.
 */
import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, lstat, mkdir, open, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { DriverError } from '../../driver.ts'
import { lookAt } from '../../shelf.ts'

interface Descriptor {
  mediaType: string
  digest: string
  size: number
  platform?: { os?: string; architecture?: string }
}

/** The name by which `umoci` is told which image is meant. */
export const imageName = 'image'

/** Names in the archives' JSON, of the processors that workstations can have. */
const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch

/** Whether a folder is an unpacked archive of layers, and not a root file system. */
export const isLayered = async (folder: string): Promise<boolean> =>
  !(await lookAt(join(folder, 'usr'))) &&
  ((await lookAt(join(folder, 'index.json')))?.isFile() || (await lookAt(join(folder, 'manifest.json')))?.isFile()) ===
    true

/** Makes the folder, or one in it that is given back, a layout of the OCI that holds one image, `imageName`. */
export const chooseImage = async (folder: string): Promise<string> => {
  if ((await lookAt(join(folder, 'index.json')))?.isFile()) {
    const index = await readJson(join(folder, 'index.json'))
    await writeIndex(folder, await choose(folder, index))
    return folder
  }
  return await convertDocker(folder)
}

const choose = async (folder: string, index: unknown, depth = 0): Promise<Descriptor> => {
  const all = (index as { manifests?: Descriptor[] }).manifests
  if (!Array.isArray(all) || depth > 2) throw malformed('its index lists no manifests')
  const fit = all.filter(
    ({ platform }) => !platform || (platform.os === 'linux' && platform.architecture === architecture),
  )
  const [chosen, ...others] = fit
  if (!chosen) throw malformed(`it has no image for linux on ${architecture}`)
  if (others.length > 0) throw malformed(`it has ${fit.length} images: save the one that is meant`)
  if (!/\.index\.|manifest\.list/.test(String(chosen.mediaType))) return chosen
  const [, digest] = /^sha256:([0-9a-f]{64})$/.exec(String(chosen.digest)) ?? []
  if (digest === undefined) throw malformed('a digest is no SHA-256')
  const text = await readText(await inside(folder, `blobs/sha256/${digest}`))
  if (hash('sha256', text) !== digest) throw malformed(`${digest} is not what its digest says`)
  return await choose(folder, JSON.parse(text), depth + 1)
}

const writeIndex = async (folder: string, { mediaType, digest, size }: Descriptor) => {
  const annotations = { 'org.opencontainers.image.ref.name': imageName }
  await rm(join(folder, 'index.json'), { force: true })
  const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size, annotations }] }
  await writeFile(join(folder, 'index.json'), JSON.stringify(index), { flag: 'wx', mode: 0o644 })
}

/** Docker's older form: files with names of any kind, which `manifest.json` puts in order. */
const convertDocker = async (folder: string): Promise<string> => {
  const list = (await readJson(join(folder, 'manifest.json'))) as { Config: string; Layers: string[] }[]
  const [image, ...others] = Array.isArray(list) ? list : []
  if (!image || !Array.isArray(image.Layers)) throw malformed('its manifest names no layers')
  if (others.length > 0) throw malformed(`it has ${others.length + 1} images: save the one that is meant`)
  const layout = join(folder, '.layout')
  await mkdir(layout, { mode: 0o755 })
  await mkdir(join(layout, 'blobs'), { mode: 0o755 })
  await mkdir(join(layout, 'blobs/sha256'), { mode: 0o755 })

  const take = async (name: string, mediaType: string): Promise<Descriptor> => {
    const file = await inside(folder, String(name))
    const digest = await digestOf(file)
    await link(file, join(layout, 'blobs/sha256', digest)).catch(error => {
      // The same layer twice is one file.
      if (error.code !== 'EEXIST') throw error
    })
    return { mediaType, digest: `sha256:${digest}`, size: (await lstat(file)).size }
  }
  const config = await take(image.Config, 'application/vnd.oci.image.config.v1+json')
  const layers: Descriptor[] = []
  for (const name of image.Layers) {
    const compression = (await isGzip(await inside(folder, String(name)))) ? '+gzip' : ''
    layers.push(await take(name, `application/vnd.oci.image.layer.v1.tar${compression}`))
  }
  const manifest = JSON.stringify({ schemaVersion: 2, config, layers })
  const digest = hash('sha256', manifest)
  await writeFile(join(layout, 'blobs/sha256', digest), manifest, { mode: 0o644 })
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}', { mode: 0o644 })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  await writeIndex(layout, { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(manifest) })
  return layout
}

/** The file that a name in the archive leads to, over whatever links, when it is one of the archive. */
const inside = async (folder: string, name: string): Promise<string> => {
  const path = await realpath(join(folder, name)).catch(() => undefined)
  if (!path?.startsWith(`${await realpath(folder)}${sep}`) || !(await lstat(path)).isFile())
    throw malformed(`it lacks ${JSON.stringify(name.slice(0, 100))}, which it names`)
  return path
}

const mostBytes = 4 * 2 ** 20

const readText = async (path: string): Promise<string> => {
  const { size } = await lstat(path)
  if (size > mostBytes) throw malformed('what describes it is larger than 4 MiB')
  return await readFile(path, 'utf8')
}

const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readText(path))
  } catch (error) {
    throw error instanceof SyntaxError ? malformed('what describes it is not JSON') : error
  }
}

export const digestOf = async (path: string): Promise<string> => {
  const digest = createHash('sha256')
  for await (const bytes of createReadStream(path)) digest.update(bytes)
  return digest.digest('hex')
}

const isGzip = async (path: string): Promise<boolean> => {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.readUInt16BE() === 0x1f8b
  } finally {
    await file.close()
  }
}

const malformed = (why: string) => new DriverError('AMI_VALIDATION_ERROR', `the archive cannot be used: ${why}`)
