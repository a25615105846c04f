import { useEffect, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { createClipboard } from './viewer/clipboard.ts'
import { createConnection } from './viewer/connection.ts'
import { warmUp } from './viewer/decoder.ts'
import { EndNotice } from './viewer/end-notice.tsx'
import { monitorOfAddress } from './viewer/monitors.tsx'
import { Overlay } from './viewer/overlay.tsx'
import { createSound } from './viewer/sound/sound.ts'
import { Toolbar } from './viewer/toolbar.tsx'
import './styles/tokens.css'
import './styles/viewer.css'
import './styles/toolbar.css'

const element = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no element ${id}`)
  return found
}

/** The token works once; it leaves the address before anything else happens. */
const takeToken = (): string | undefined => {
  const token = location.hash.slice(1)
  if (token) history.replaceState(null, '', location.pathname + location.search)
  return token || undefined
}

const streamId = decodeURIComponent(location.pathname.split('/')[2] ?? '')
const token = takeToken()
const monitor = monitorOfAddress(location.search)
warmUp()
const clipboard = createClipboard(copy => connection.setClipboard(copy))
const sound = createSound({ isElsewhere: monitor > 0 })
const connection = createConnection({
  streamId,
  token,
  monitor,
  screen: element('screen'),
  lastPicture: element('last-picture'),
  onClipboard: copy => void clipboard.fromDesktop(copy),
  sound,
})

const Viewer = () => {
  const view = useSyncExternalStore(connection.subscribe, connection.snapshot)
  const profileName = view.opened?.profileName
  const shown = view.monitors?.shown ?? monitor
  const withClipboard = view.opened?.clipboard ?? false
  useEffect(() => {
    const number = shown > 0 ? ` – monitor ${shown + 1}` : ''
    if (profileName) document.title = `${profileName.slice(0, 100)}${number} – Atelier`
  }, [profileName, shown])
  useEffect(() => {
    if (!withClipboard) return
    clipboard.start()
    element('screen').addEventListener('focusin', () => void clipboard.take())
  }, [withClipboard])
  useEffect(() => {
    document.body.dataset.phase = view.phase.name
  }, [view.phase.name])
  return (
    <>
      {view.phase.name !== 'ended' && (
        <Toolbar connection={connection} view={view} clipboard={clipboard} sound={sound} />
      )}
      {view.opened && view.phase.name !== 'ended' && (
        <EndNotice streamId={streamId} opened={view.opened} done={connection.focus} />
      )}
      <Overlay connection={connection} view={view} />
    </>
  )
}

createRoot(element('root')).render(<Viewer />)
