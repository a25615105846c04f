/**
 * Which encoder makes the video. Those of a GPU are tried where there is one, by a process of its own that lets it make
 * a picture: a driver that does not fit may hang, or end the process that loads it.
 */
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createVideoEncoder, type VideoEncoder } from './video.ts'

export interface Encoder {
  /** As FFmpeg calls it. */
  name: 'h264_nvenc' | 'h264_vaapi' | 'libx264'
  /** The GPU that it runs on, where it has to be told. */
  device?: string
}

/** Runs everywhere. */
export const software: Encoder = { name: 'libx264' }

const limitMs = 3000
const run = promisify(execFile)

/** Those that this machine may have, the best first. Without a GPU, none. */
export const candidates = async (dev = '/dev'): Promise<Encoder[]> => {
  const names = await readdir(dev)
  const renderers = names.includes('dri') ? await readdir(join(dev, 'dri')) : []
  return [
    ...(names.some(name => /^nvidia\d+$/.test(name)) ? [{ name: 'h264_nvenc' } as const] : []),
    ...renderers
      .filter(name => /^renderD\d+$/.test(name))
      .sort()
      .map(name => ({ name: 'h264_vaapi', device: join(dev, 'dri', name) }) as const),
  ]
}

/** The first that makes a picture within the limit, ms. */
export const chooseEncoder = async (tried: readonly Encoder[], withinMs = limitMs): Promise<Encoder> => {
  for (const encoder of tried) {
    try {
      const program = join(import.meta.dirname, 'try-encoder.ts')
      await run(process.execPath, [program, JSON.stringify(encoder)], { timeout: withinMs, killSignal: 'SIGKILL' })
      return encoder
    } catch (error) {
      const [reason] = String((error as { stderr?: string }).stderr || error).split('\n', 1)
      console.error(`${encoder.name} makes no pictures here: ${reason}`)
    }
  }
  return software
}

/** A GPU may refuse a size, or be used up by others. */
export const openEncoder = (preferred: Encoder, width: number, height: number): VideoEncoder => {
  try {
    return createVideoEncoder(preferred, width, height)
  } catch (error) {
    if (preferred === software) throw error
    console.error(`${preferred.name} takes no pictures of ${width}x${height}:`, (error as Error).message)
    return createVideoEncoder(software, width, height)
  }
}
