/**
 * Pictures on their way to those who watch. They are taken one after another, and each is given an ordinal then, so that of
 * two pictures of one place the newer is known, whatever order they arrive in.
 */
import { encodeDesktopMessage } from '../protocol/encode.ts'
import { frame, headerBytes } from '../protocol/frames.ts'
import type { DesktopMessage } from '../protocol/messages.ts'
import type { Link } from './link.ts'

/** A viewer, as far as pictures go. */
export interface Watcher {
  link: Link
  /** Remembers which input has had its effect by now, to be told with the next picture. */
  noteInput(): unknown
  /** Sends a message that is framed already. `input` is what `noteInput` gave when the picture was taken. */
  sendPicture(framed: Uint8Array, input: unknown): void
  send(framed: Uint8Array): void
}

export interface Picture {
  readonly ordinal: number
  /** Who was there when it was taken, and what he is told of his input. */
  readonly inputs: ReadonlyMap<Watcher, unknown>
}

interface Origin {
  width: number
  height: number
  codec: string
  encoder: string
}

type WithoutOrdinal<Message> = Message extends unknown ? Omit<Message, 'ordinal'> : never
export type Content = WithoutOrdinal<Extract<DesktopMessage, { kind: 'video' | 'tiles' }>>

/** Ordinals count from `ordinal`. */
export const createPictures = (ordinal: number) => {
  const watchers = new Set<Watcher>()
  /** Those who know what the pictures are of. */
  const introduced = new Set<Watcher>()
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Made>(act: () => Made | Promise<Made>): Promise<Made> => {
    const made = last.then(act)
    last = made.catch(() => {})
    return made
  }
  const nextOrdinal = () => {
    ordinal = (ordinal + 1) >>> 0
    return ordinal
  }

  return {
    watchers: watchers as ReadonlySet<Watcher>,
    add(watcher: Watcher) {
      watchers.add(watcher)
    },
    remove(watcher: Watcher) {
      watchers.delete(watcher)
      introduced.delete(watcher)
    },
    /** Between two pictures. */
    inTurn,
    /**
     * In its turn: of what the pictures that follow are. What was under way is void, and the viewer says nothing of it any more.
     */
    introduce(watcher: Watcher, { width, height, codec, encoder }: Origin) {
      if (!watchers.has(watcher)) return
      introduced.add(watcher)
      watcher.link.reset()
      for (const message of [
        { kind: 'screen', width, height, after: ordinal, codec },
        { kind: 'encoder', name: encoder },
      ] as const)
        watcher.send(frame(encodeDesktopMessage(message, headerBytes)))
    },
    /** Takes one when it is its turn, which lasts until `make` is done. */
    take: <Made>(make: (picture: Picture) => Promise<Made>): Promise<Made> =>
      inTurn(() => {
        const inputs = new Map([...introduced].map(watcher => [watcher, watcher.noteInput()]))
        return make({ ordinal: nextOrdinal(), inputs })
      }),
    /** In its turn: what was taken is sent in one picture more. */
    another: (picture: Picture): Picture => ({ ...picture, ordinal: nextOrdinal() }),
    /** In its turn: it is not sent. No ordinal may be missing. */
    skip(picture: Picture) {
      ordinal = (picture.ordinal - 1) >>> 0
    },
    /** `isFrame`: one of those of which only a few may be under way. */
    deliver(picture: Picture, content: Content, isFrame: boolean) {
      const { ordinal, inputs } = picture
      const framed = frame(encodeDesktopMessage({ ordinal, ...content }, headerBytes))
      for (const watcher of watchers) {
        // Who has come meanwhile gets the complete picture that follows.
        if (!inputs.has(watcher)) continue
        watcher.link.sent(ordinal, framed.length, isFrame)
        watcher.sendPicture(framed, inputs.get(watcher))
      }
    },
  }
}
