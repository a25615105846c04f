/** The GPUs of this host, as it shows them in `/dev`. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface Gpus {
  count: number
  /** What a program needs to see of them. */
  devices: string[]
}

const nvidiaCard = /^nvidia\d+$/
const nvidia = /^nvidia(?:\d+|ctl|-uvm|-uvm-tools|-modeset)$/
const renderer = /^renderD\d+$/

/** A host without any has none of these files, and the answer is none. */
export const findGpus = async (dev = '/dev'): Promise<Gpus> => {
  const names = await readdir(dev)
  const renderers = names.includes('dri') ? (await readdir(join(dev, 'dri'))).filter(name => renderer.test(name)) : []
  const cards = names.filter(name => nvidiaCard.test(name))
  return {
    // One of NVIDIA's shows itself in both ways, where its driver is complete.
    count: Math.max(cards.length, renderers.length),
    devices: [
      ...(cards.length > 0 ? names.filter(name => nvidia.test(name)).sort() : []),
      ...renderers.sort().map(name => join('dri', name)),
    ].map(name => join(dev, name)),
  }
}
