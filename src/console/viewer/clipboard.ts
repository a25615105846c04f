/**
 * Two clipboards, kept in step as far as the browser allows: text that was copied on the desktop comes here, text that
 * was copied here goes to the desktop. What is always possible is the text field of the panel; the rest needs a secure
 * page and the permission of the person who sits here, since a desktop could otherwise write to his clipboard unseen.
 */
export type Automatic = 'on' | 'ask' | 'refused' | 'unavailable'

export interface ClipboardView {
  text: string
  automatic: Automatic
  /** What happened last, or why it did not. */
  note?: string | undefined
}

export const clipboardLimitBytes = 1 << 20
const tooLong = 'Text of more than 1 MiB is not copied.'

/** Whether a text is short enough in UTF-8. Counts only where its length does not settle it. */
export const fits = (text: string): boolean =>
  text.length * 3 <= clipboardLimitBytes ||
  (text.length <= clipboardLimitBytes && new TextEncoder().encode(text).length <= clipboardLimitBytes)

export const createClipboard = (send: (text: string) => void) => {
  let view: ClipboardView = { text: '', automatic: 'clipboard' in navigator ? 'ask' : 'unavailable' }
  const listeners = new Set<() => void>()
  const show = (change: Partial<ClipboardView>) => {
    view = { ...view, ...change }
    for (const listener of listeners) listener()
  }

  const give = (text: string, note: string) => {
    if (!fits(text)) return show({ note: tooLong })
    show({ text, note })
    send(text)
  }
  const take = async () => {
    if (view.automatic !== 'on' || !document.hasFocus()) return
    try {
      const text = await navigator.clipboard.readText()
      if (text !== '' && text !== view.text) give(text, 'Copied from this computer to the desktop.')
    } catch {
      show({ note: 'The browser did not hand over its clipboard.' })
    }
  }
  const write = async (text: string): Promise<boolean> => {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      return false
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
    typed: (text: string) => give(text, 'On the desktop’s clipboard.'),
    async fromDesktop(text: string) {
      if (!fits(text)) return show({ note: tooLong })
      if (text === view.text) return
      show({ text, note: 'Copied on the desktop.' })
      if (view.automatic === 'on' && document.hasFocus() && (await write(text)))
        show({ note: 'Copied from the desktop to this computer.' })
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
    /** Puts the panel's text on this computer's clipboard. The field is selected for browsers that only copy from there. */
    async copyHere(field: HTMLTextAreaElement) {
      field.select()
      const copied = 'clipboard' in navigator ? await write(field.value) : document.execCommand('copy')
      show({ note: copied ? 'Copied to this computer.' : 'The browser did not allow it. Copy with Ctrl+C.' })
    },
  }
}

export type Clipboard = ReturnType<typeof createClipboard>
