/**
 * The desktop's clipboard, both ways: the selection CLIPBOARD of X (ICCCM, section 2). PRIMARY, what is merely marked,
 * stays where it is.
 */
import { type Copy, copyLimits, type Format, formats, isEmpty, withinLimits } from '../protocol/clipboard.ts'
import type { Display } from './display.ts'
import { createSelectionOwner } from './selection-owner.ts'
import { createSelectionReader } from './selection-reader.ts'

export interface Clipboard {
  /** Puts it there. What is in a form that is left out can be had in no form. */
  set(copy: Copy): void
}

const selectionOwnerChanged = 1

/** What programs call the forms, the best first. */
const targets: Readonly<Record<Format, readonly string[]>> = {
  text: ['UTF8_STRING', 'text/plain;charset=utf-8', 'text/plain', 'STRING'],
  html: ['text/html'],
  png: ['image/png'],
}

export const createClipboard = async (display: Display, copied: (copy: Copy) => void): Promise<Clipboard> => {
  const { fixes, on } = display
  const selection = await display.atom('CLIPBOARD')
  const owner = await createSelectionOwner(display, selection)
  const reader = await createSelectionReader(display, selection)
  const names = new Map<number, string>()
  for (const name of formats.flatMap(format => targets[format])) names.set(await display.atom(name), name)
  const atoms = new Map([...names].map(([atom, name]) => [name, atom]))

  const read = async (): Promise<Copy> => {
    const offered = (await reader.targets()).map(atom => names.get(atom) ?? '')
    const copy: Copy = {}
    for (const format of formats) {
      const name = targets[format].find(name => offered.includes(name))
      if (!name || reader.isStale) continue
      const data = await reader.convert(atoms.get(name) ?? 0, copyLimits[format])
      if (data) copy[format] = inUtf8(name, data)
    }
    return withinLimits(copy)
  }

  let isReading = false
  on('SelectionNotify', async event => {
    // Of the extension, which has the same name as an event of the protocol itself.
    if (!('owner' in event) || event.selection !== selection) return
    owner.changed(Number(event.owner), Number(event.selectionTimestamp))
    reader.abandon()
    if (event.owner === owner.window || event.owner === 0 || isReading) return
    isReading = true
    try {
      do {
        reader.begin()
        const copy = await read()
        if (!reader.isStale && !isEmpty(copy)) copied(copy)
      } while (reader.isStale && owner.isElsewhere)
    } finally {
      isReading = false
    }
  })
  fixes.SelectSelectionInput(owner.window, selection, selectionOwnerChanged)

  return {
    set(copy) {
      const given = formats.flatMap(format => {
        const data = copy[format]
        return data?.length ? targets[format].map(name => [atoms.get(name) ?? 0, fromUtf8(name, data)] as const) : []
      })
      if (given.length > 0) owner.offer(new Map(given))
    },
  }
}

/** STRING is ISO 8859-1 (ICCCM, 2.6.2), and some programs write HTML in UTF-16. */
const inUtf8 = (target: string, data: Buffer): Uint8Array => {
  if (target === 'STRING') return new TextEncoder().encode(data.toString('latin1'))
  if (target === 'text/html' && data[0] === 0xff && data[1] === 0xfe)
    return new TextEncoder().encode(data.subarray(2).toString('utf16le'))
  return new Uint8Array(data)
}

const fromUtf8 = (target: string, data: Uint8Array): Buffer => {
  if (target !== 'STRING') return Buffer.from(data)
  return Buffer.from(
    Buffer.from(data)
      .toString()
      .replace(/[\u{100}-\u{10ffff}]/gu, '?'),
    'latin1',
  )
}
