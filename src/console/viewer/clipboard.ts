/**
 * Two clipboards, kept in step as far as the browser allows: what was copied on the desktop comes here, what was copied
 * here goes to the desktop. What is always possible is the field of the panel; the rest needs a secure page and the
 * permission of the person who sits here, since a desktop could otherwise write to his clipboard unseen.
 *
 * What comes from the desktop is handed on as a clipboard's data, in its forms, and is never made part of this page.
 */
import {
  type Copy,
  copyLimits,
  type Format,
  formats,
  isEmpty,
  isSame,
  pngSize,
  withinLimits,
} from '../../protocol/clipboard.ts'

export type Automatic = 'on' | 'ask' | 'refused' | 'unavailable'

export interface ClipboardView {
  /** The text, or the beginning of it. */
  text: string
  /** It is the beginning only. */
  isCut: boolean
  /** What there is, in words; empty where the text says it all. */
  contents: string
  automatic: Automatic
  /** What happened last, or why it did not. */
  note?: string | undefined
}

/** A browser lays out, and edits, a long text so slowly that its page hangs. */
export const shownCharacters = 16 * 1024

const types: Readonly<Record<Format, string>> = { text: 'text/plain', html: 'text/html', png: 'image/png' }

/** Longer than any text that is copied: characters are one byte at least. */
const encodable = copyLimits.text + 1

/** In UTF-8; of one that is too long, no more than it takes to see that. */
export const textCopy = (text: string): Copy => ({ text: new TextEncoder().encode(text.slice(0, encodable)) })

export const createClipboard = (send: (copy: Copy) => void) => {
  let copy: Copy = {}
  /** What this computer's clipboard held when it was last looked at. */
  let seen: Copy = {}
  let view: ClipboardView = {
    ...shownOf(copy),
    automatic: 'clipboard' in navigator ? 'ask' : 'unavailable',
  }
  const listeners = new Set<() => void>()
  const show = (change: Partial<ClipboardView>) => {
    view = { ...view, ...change }
    for (const listener of listeners) listener()
  }

  const give = (given: Copy, note: string) => {
    const within = withinLimits(given)
    if (isEmpty(within)) return show({ note: leftOut(within) })
    copy = within
    show({ ...shownOf(copy), note: [note, leftOut(within)].filter(Boolean).join(' ') })
    send(copy)
  }
  const take = async () => {
    if (view.automatic !== 'on' || !document.hasFocus()) return
    try {
      const found = await readHere()
      if (isEmpty(found) || isSame(found, seen)) return
      seen = found
      give(found, 'Copied from this computer to the desktop.')
    } catch {
      show({ note: 'The browser did not hand over its clipboard.' })
    }
  }
  const watchPermission = async () => {
    if (view.automatic === 'unavailable') return
    try {
      const status = await navigator.permissions.query({ name: 'clipboard-read' as PermissionName })
      const follow = () => {
        show({ automatic: ({ granted: 'on', denied: 'refused', prompt: 'ask' } as const)[status.state] })
        void take()
      }
      status.addEventListener('change', follow)
      follow()
    } catch {
      // A browser without this permission asks at each reading, which cannot be done by itself.
      show({ automatic: 'unavailable' })
    }
  }

  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => view,
    /** Begins to keep the clipboards in step. Not called at all where the session forbids a clipboard. */
    start() {
      void watchPermission()
      window.addEventListener('focus', take)
    },
    take,
    /** Puts on the desktop's clipboard what was typed or pasted here. */
    give: (given: Copy) => give(given, 'On the desktop’s clipboard.'),
    async fromDesktop(copied: Copy) {
      const within = withinLimits(copied)
      if (isEmpty(within)) return show({ note: leftOut(within) })
      copy = within
      show({ ...shownOf(copy), note: ['Copied on the desktop.', leftOut(copy)].filter(Boolean).join(' ') })
      if (view.automatic !== 'on' || !document.hasFocus() || !(await writeHere(copy))) return
      show({ note: ['Copied from the desktop to this computer.', leftOut(copy)].filter(Boolean).join(' ') })
      // A browser may give back something else than it was given: clean HTML, a picture that it has written anew.
      seen = await readHere().catch(() => seen)
    },
    /** Asks the browser for its permission; to be called by a click. */
    async allow() {
      try {
        await navigator.clipboard.readText()
      } catch {
        show({ note: 'The browser did not allow it.' })
      }
      await watchPermission()
    },
    /** Puts all of it on this computer's clipboard; to be called by a click. */
    async copyHere() {
      const copied = ('clipboard' in navigator && (await writeHere(copy))) || copyByEvent(copy)
      show({ note: copied ? 'Copied to this computer.' : 'The browser did not allow it. Copy with Ctrl+C.' })
    },
    /** For an event that copies here. */
    fill: (data: DataTransfer) => fill(data, copy),
  }
}

export type Clipboard = ReturnType<typeof createClipboard>

const toText = (data: Uint8Array | undefined): string => new TextDecoder().decode(data)

/** What is to be seen of it. */
export const shownOf = (copy: Copy): Pick<ClipboardView, 'text' | 'isCut' | 'contents'> => {
  // No character has more than four bytes, so this is enough to cut from.
  const text = toText(copy.text?.subarray(0, shownCharacters * 4))
  const isCut = text.length > shownCharacters || (copy.text?.length ?? 0) > shownCharacters * 4
  const picture = copy.png && pngSize(copy.png)
  const contents = [
    isCut && `The beginning of a text of ${inKiB(copy.text)}, all of which is copied.`,
    copy.html?.length && `With its layout (HTML, ${inKiB(copy.html)}).`,
    picture && `A picture of ${picture.width} × ${picture.height} pixels (PNG, ${inKiB(copy.png)}).`,
  ]
  return { text: text.slice(0, shownCharacters), isCut, contents: contents.filter(Boolean).join(' ') }
}

const inKiB = (data: Uint8Array | undefined): string => `${Math.ceil((data?.length ?? 0) / 1024)} KiB`

const limitNames: Readonly<Record<Format, string>> = {
  text: 'Text of more than 1 MiB',
  html: 'Layout (HTML) of more than 1 MiB',
  png: 'A picture of more than 4 MiB or 16 million pixels',
}

/** Says which forms were there and are not copied. */
const leftOut = (copy: Copy): string =>
  formats
    .filter(format => copy[format]?.length === 0)
    .map(format => `${limitNames[format]} is not copied.`)
    .join(' ')

/** What this computer's clipboard holds. Rejects where the browser does not tell. */
const readHere = async (): Promise<Copy> => {
  const { clipboard } = navigator
  if (!clipboard.read) return textCopy(await clipboard.readText())
  // As it was copied: what it is cleaned of here could not be told from what was never there.
  const asItIs = { unsanitized: ['text/html'] }
  const items = await (clipboard.read as (options: object) => Promise<ClipboardItem[]>).call(clipboard, asItIs)
  const copy: Copy = {}
  for (const format of formats) {
    const item = items.find(({ types: offered }) => offered.includes(types[format]))
    if (item) copy[format] = await readBlob(await item.getType(types[format]), format)
  }
  return copy
}

/** Nothing of what is too large. */
const readBlob = async (blob: Blob, format: Format): Promise<Uint8Array> =>
  blob.size > copyLimits[format] ? new Uint8Array() : new Uint8Array(await blob.arrayBuffer())

/** What was pasted into this page, in all its forms. */
export const readPaste = async (data: DataTransfer): Promise<Copy> => {
  const copy: Copy = {}
  // All of it has to be asked for before anything is waited for: it is there as long as the event.
  const picture = [...data.files].find(({ type }) => type === types.png)
  for (const format of ['text', 'html'] as const) {
    const text = data.getData(types[format])
    if (text !== '') copy[format] = textCopy(text).text ?? new Uint8Array()
  }
  if (picture) copy.png = await readBlob(picture, 'png')
  return copy
}

const writeHere = async (copy: Copy): Promise<boolean> => {
  const present = formats.filter(format => copy[format]?.length)
  const toBlob = (format: Format) => new Blob([copy[format] as Uint8Array<ArrayBuffer>], { type: types[format] })
  try {
    if (!('ClipboardItem' in window)) await navigator.clipboard.writeText(toText(copy.text))
    else
      await navigator.clipboard.write([
        new ClipboardItem(Object.fromEntries(present.map(format => [types[format], toBlob(format)]))),
      ])
    return true
  } catch {
    return false
  }
}

/** For browsers and pages that let a clipboard be written to in no other way. They take no pictures. */
const copyByEvent = (copy: Copy): boolean => {
  if (!copy.text?.length && !copy.html?.length) return false
  const answer = (event: ClipboardEvent) => {
    event.preventDefault()
    event.stopPropagation()
    if (event.clipboardData) fill(event.clipboardData, copy)
  }
  document.addEventListener('copy', answer, { capture: true })
  const copied = document.execCommand('copy')
  document.removeEventListener('copy', answer, { capture: true })
  return copied
}

/** Everything, as far as an event takes it. */
const fill = (data: DataTransfer, copy: Copy): void => {
  for (const format of ['text', 'html'] as const)
    if (copy[format]?.length) data.setData(types[format], toText(copy[format]))
}
