import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decodeDesktopMessage } from '../protocol/decode.ts'
import { headerBytes } from '../protocol/frames.ts'
import type { DesktopMessage } from '../protocol/messages.ts'
import { createLink } from './link.ts'
import { createPictures, type Watcher } from './pictures.ts'
import { noTiles } from './tiles.ts'

const origin = { width: 64, height: 64, codec: 'avc1.64002A', encoder: 'libx264' }
const content = { kind: 'tiles' as const, moves: [], tiles: [], ...noTiles }

const createWatcher = () => {
  const told: DesktopMessage[] = []
  const send = (framed: Uint8Array) => told.push(decodeDesktopMessage(framed.subarray(headerBytes)))
  const watcher: Watcher = { link: createLink(), noteInput: () => 0, send, sendPicture: send }
  /** The ordinal after which its pictures begin, and those of the pictures. */
  const ordinals = () =>
    told.flatMap<number | { after: number }>(message => {
      if (message.kind === 'screen') return [{ after: message.after }]
      return message.kind === 'tiles' ? [message.ordinal] : []
    })
  return { watcher, ordinals }
}

it('who comes while a picture is sent in several messages waits for none of them', async () => {
  const pictures = createPictures(100)
  const [first, second] = [createWatcher(), createWatcher()]
  const add = ({ watcher }: { watcher: Watcher }) => {
    pictures.add(watcher)
    return pictures.inTurn(() => pictures.introduce(watcher, origin))
  }
  await add(first)
  let added: Promise<void> | undefined
  await pictures.take(async picture => {
    added = add(second)
    await new Promise(setImmediate)
    for (const each of [picture, pictures.another(picture)]) pictures.deliver(each, content, false)
  })
  await added
  await pictures.take(async picture => pictures.deliver(picture, content, false))
  assert.deepEqual(first.ordinals(), [{ after: 100 }, 101, 102, 103])
  assert.deepEqual(second.ordinals(), [{ after: 102 }, 103])
})

it('who leaves before he was told what the pictures are of is told nothing', async () => {
  const pictures = createPictures(0)
  const { watcher, ordinals } = createWatcher()
  pictures.add(watcher)
  const introduced = pictures.inTurn(() => pictures.introduce(watcher, origin))
  pictures.remove(watcher)
  await introduced
  await pictures.take(async picture => pictures.deliver(picture, content, false))
  assert.deepEqual(ordinals(), [])
})

it('a picture that is skipped leaves no gap', async () => {
  const pictures = createPictures(0)
  const { watcher, ordinals } = createWatcher()
  pictures.add(watcher)
  await pictures.inTurn(() => pictures.introduce(watcher, origin))
  await pictures.take(async picture => pictures.skip(picture))
  await pictures.take(async picture => pictures.deliver(picture, content, false))
  assert.deepEqual(ordinals(), [{ after: 0 }, 1])
})
