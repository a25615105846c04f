import type { Capabilities } from '../driver.ts'

export interface Expected {
  /** What the tree will hold soon. */
  bytes?: number
  /** Others of its size will be asked for. */
  others?: boolean
}

/** How trees of files are kept: volumes are trees that can be written, backups are trees that cannot. */
export interface Storage {
  readonly guarantees: Pick<Capabilities['guarantees'], 'volumeSize' | 'snapshots'>
  /** Where the trees are; a path that the programs of a workstation may pass through. */
  readonly folder: string
  /** `major:minor` of the block device under the trees, when nothing else is on it. */
  readonly device: string | undefined
  /** An empty tree that takes no more than so much. */
  create(tree: string, sizeGiB: number, expected?: Expected): Promise<void>
  /** A tree that can be written and takes no more than so much, with what `from` shows. */
  copy(from: string, tree: string, sizeGiB: number): Promise<void>
  /** A tree with what `from` shows, for good. */
  freeze(from: string, tree: string): Promise<void>
  /** What the tree shows now stays, for good. */
  seal(tree: string): Promise<void>
  /** What was written is on the disk. */
  sync(tree: string): Promise<void>
  /** A tree that is not there is removed already. */
  remove(tree: string): Promise<void>
  /** `idle`: no machine uses the trees. Says whether the host may be left as it was before. */
  close(idle: boolean): Promise<boolean>
}
