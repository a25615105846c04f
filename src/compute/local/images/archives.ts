/** For tests: archives of container images, as other programs write them, from tar files as their layers. */
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

interface Layer {
  digest: string
  size: number
  file: string
}

const readLayers = (files: readonly string[]): Promise<Layer[]> =>
  Promise.all(
    files.map(async file => {
      const bytes = await readFile(file)
      return { file, digest: hash('sha256', bytes), size: bytes.length }
    }),
  )

const architecture = process.arch === 'x64' ? 'amd64' : process.arch

const configOf = (layers: readonly Layer[]) =>
  JSON.stringify({
    ...{ architecture, os: 'linux', config: {} },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
  })

const packed = async (archive: string, fill: (folder: string) => Promise<void>) => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-'))
  await fill(folder)
  await execute('tar', ['-C', folder, '-cf', archive, '.'])
  await rm(folder, { recursive: true })
}

/** With an index of several processors, as of a registry. `damage` changes what a layer holds, but not its digest. */
export const writeOciArchive = (archive: string, files: readonly string[], damage = false) =>
  packed(archive, async folder => {
    const layers = await readLayers(files)
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
    const put = async (mediaType: string, text: string) => {
      const digest = hash('sha256', text)
      await writeFile(join(folder, 'blobs/sha256', digest), text)
      return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) }
    }
    for (const { file, digest } of layers) await cp(file, join(folder, 'blobs/sha256', digest))
    const [first] = layers
    if (damage && first) await writeFile(join(folder, 'blobs/sha256', first.digest), Buffer.alloc(first.size))
    const config = await put('application/vnd.oci.image.config.v1+json', configOf(layers))
    const manifest = await put(
      'application/vnd.oci.image.manifest.v1+json',
      JSON.stringify({
        ...{ schemaVersion: 2, config },
        layers: layers.map(({ digest, size }) => ({
          ...{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${digest}`, size },
        })),
      }),
    )
    const index = await put(
      'application/vnd.oci.image.index.v1+json',
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          { ...manifest, digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'linux', architecture: 's390x' } },
          { ...manifest, platform: { os: 'linux', architecture } },
        ],
      }),
    )
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }))
  })

/** In the form before Docker 25, which podman writes as well. */
export const writeDockerArchive = (archive: string, files: readonly string[]) =>
  packed(archive, async folder => {
    const layers = await readLayers(files)
    for (const { file, digest } of layers) {
      await mkdir(join(folder, digest))
      await cp(file, join(folder, digest, 'layer.tar'))
    }
    await writeFile(join(folder, 'config.json'), configOf(layers))
    const list = [
      { Config: 'config.json', RepoTags: ['a:b'], Layers: layers.map(({ digest }) => `${digest}/layer.tar`) },
    ]
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(list))
  })
