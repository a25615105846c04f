import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Clipboard } from './clipboard.ts'
import type { Connection, ConnectionView } from './connection.ts'
import type { Measures, Scaling } from './decoder.ts'
import { icons } from './icons.tsx'
import { combinations, createChord } from './keys.ts'
import { MonitorTool } from './monitors.tsx'
import { ClipboardPanel, KeysPanel } from './panels.tsx'
import { SharePanel } from './share.tsx'
import type { Sound } from './sound/sound.ts'
import { SoundTools } from './sound/sound-tools.tsx'
import { ToolButton } from './tool-button.tsx'

interface ToolbarProps {
  connection: Connection
  view: ConnectionView
  clipboard: Clipboard
  sound: Sound
}

const scalings: Record<Scaling, string> = {
  fit: 'Desktop takes the window’s size',
  scale: 'Picture takes the window’s size',
  actual: 'Actual size, with scroll bars',
}

/** Slides in when the pointer is at the top edge, when it has the focus, or when its handle is pressed. */
export const Toolbar = ({ connection, view, clipboard, sound }: ToolbarProps) => {
  const dock = useRef<HTMLElement>(null)
  const [pinned, setPinned] = useState(false)
  const connected = view.phase.name === 'connected'
  // Until it is known, nobody is offered what he may not do.
  const viewOnly = view.opened?.viewOnly ?? true
  const shown = view.monitors?.shown ?? 0
  // The size of the desktop is for who works there to choose.
  const sizes = (Object.keys(scalings) as Scaling[]).filter(scaling => !viewOnly || scaling !== 'fit')
  const introduced = useIntroduction(connected)
  const fullScreen = useFullScreen()
  const fullScreenName = fullScreen ? 'Leave full screen' : 'Full screen'
  useToolbarChord(dock, connection)

  /** After whatever was done here, the keyboard is the desktop's again. */
  const done = () => {
    for (const panel of document.querySelectorAll<HTMLElement>(':popover-open')) panel.hidePopover()
    connection.focus()
  }
  const togglePinned = () => {
    setPinned(!pinned)
    if (pinned) done()
  }
  return (
    <nav
      ref={dock}
      className="dock"
      aria-label="Desktop toolbar"
      data-shown={pinned || !introduced || undefined}
      onKeyDown={event => event.key === 'Escape' && !document.querySelector(':popover-open') && done()}
    >
      <button
        type="button"
        className="handle"
        aria-label="Toolbar"
        aria-expanded={pinned}
        title="Toolbar (Ctrl+Alt+Shift)"
        onClick={togglePinned}
        data-testid="toolbar-toggle"
      />
      <div className="toolbar" role="toolbar" aria-label="Desktop">
        <a className="tool" href="/" title="Back to the portal. The desktop runs on." data-testid="to-portal">
          {icons.back}
          <span className="tool-text">Portal</span>
        </a>
        <span className="tool-name">
          {view.opened?.profileName}
          {shown > 0 && ` · monitor ${shown + 1}`}
          {viewOnly && ' · watching'}
        </span>
        <Quality
          connected={connected}
          roundTripMs={view.roundTripMs}
          measures={view.measures}
          needs={view.needs}
          soundBehindMs={sound.behindMs()}
        />
        <SoundTools sound={sound} viewOnly={viewOnly} done={done} />
        <Tool name="Size" panel="size-panel" icon={icons.size} />
        <MonitorTool
          monitors={view.monitors}
          needs={view.needs}
          viewOnly={viewOnly}
          look={connection.look}
          done={done}
        />
        {!viewOnly && (
          <>
            <button
              type="button"
              className="tool"
              title="Bind the pointer to the desktop, as 3D programs want it. Escape frees it."
              aria-label="Bind the pointer"
              onClick={() => {
                done()
                connection.lockPointer()
              }}
              data-testid="lock-pointer"
            >
              {icons.pointer}
            </button>
            <Tool name="Keys" panel="keys-panel" icon={icons.keys} />
            <Tool
              name="Clipboard"
              panel="clipboard-panel"
              icon={icons.clipboard}
              refusal={view.opened?.clipboard === false ? 'The launch profile keeps the clipboard off.' : undefined}
            />
            <Tool name="Let others watch" panel="share-panel" icon={icons.share} />
          </>
        )}
        <button
          type="button"
          className="tool"
          title={document.fullscreenEnabled ? fullScreenName : 'This browser shows no page in full screen.'}
          aria-label={fullScreenName}
          aria-disabled={document.fullscreenEnabled ? undefined : true}
          onClick={() => document.fullscreenEnabled && void toggleFullScreen().finally(done)}
          data-testid="full-screen"
        >
          {fullScreen ? icons.leaveFullScreen : icons.enterFullScreen}
        </button>
      </div>

      <Panel id="size-panel" title="Size">
        <fieldset className="options">
          <legend className="visually-hidden">Size of the desktop</legend>
          {sizes.map(scaling => (
            <label key={scaling}>
              <input
                type="radio"
                name="scaling"
                checked={view.scaling === scaling}
                onChange={() => connection.setScaling(scaling)}
                data-testid={`scaling-${scaling}`}
              />
              {scalings[scaling]}
            </label>
          ))}
        </fieldset>
      </Panel>
      <Panel id="keys-panel" title="Keys that the browser keeps">
        <KeysPanel
          combinations={combinations}
          press={keys => {
            connection.sendKeys(keys)
            done()
          }}
          type={text => {
            connection.sendText(text)
            done()
          }}
        />
      </Panel>
      <Panel id="clipboard-panel" title="Clipboard">
        <ClipboardPanel clipboard={clipboard} />
      </Panel>
      <Panel id="share-panel" title="Let others watch">
        {view.opened && <SharePanel opened={view.opened} />}
      </Panel>
    </nav>
  )
}

interface ToolProps {
  name: string
  panel: string
  icon: ReactNode
  refusal?: string | undefined
}

/** Opens a panel. */
const Tool = ({ panel, ...tool }: ToolProps) => (
  <ToolButton {...tool} panel={panel} testId={panel.replace('panel', 'toggle')} />
)

const Panel = ({ id, title, children }: { id: string; title: string; children: ReactNode }) => (
  <section id={id} popover="auto" className="panel" aria-label={title} data-testid={id}>
    <h2>{title}</h2>
    {children}
  </section>
)

interface QualityProps {
  connected: boolean
  roundTripMs: number | undefined
  measures: Measures | undefined
  needs: string | undefined
  soundBehindMs: number | undefined
}

const Quality = ({ connected, roundTripMs, measures, needs, soundBehindMs }: QualityProps) => {
  const known = connected && roundTripMs !== undefined
  const grade = !known ? 'unknown' : roundTripMs <= 40 ? 'good' : roundTripMs <= 120 ? 'fair' : 'slow'
  const text = known ? `${roundTripMs} ms` : '–'
  return (
    <span
      className="quality"
      role="img"
      data-grade={grade}
      title={[
        'Round trip to the server',
        ...inWords(measures),
        ...difference(soundBehindMs),
        ...(needs ? [`By RFB: a better picture ${needs}`] : []),
      ].join('\n')}
      aria-label={known ? `Connection ${grade}, round trip ${text}` : 'Connection not measured yet'}
      data-testid="quality"
    >
      {text}
    </span>
  )
}

/** Says whether it is the network or the workstation: the round trip is the network's part of the way. */
const inWords = (measures: Measures | undefined): string[] => {
  if (!measures) return []
  const { latency, picturesPerSecond, bitsPerSecond, encoder } = measures
  return [
    ...(latency ? [`Hand to picture ${Math.round(latency.p50)} ms, at worst ${Math.round(latency.p95)} ms`] : []),
    `${picturesPerSecond} pictures a second, ${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`,
    ...(encoder ? [`Video by ${encoder}`] : []),
  ]
}

const difference = (soundBehindMs: number | undefined): string[] => {
  if (soundBehindMs === undefined) return []
  return [`Sound ${Math.round(Math.abs(soundBehindMs))} ms ${soundBehindMs < 0 ? 'ahead of' : 'behind'} the picture`]
}

/** The toolbar shows itself for a moment at the first connection, so that everyone knows where it is. */
const useIntroduction = (connected: boolean): boolean => {
  const [introduced, setIntroduced] = useState(false)
  useEffect(() => {
    if (!connected) return
    const timer = setTimeout(() => setIntroduced(true), 3000)
    return () => clearTimeout(timer)
  }, [connected])
  return introduced
}

const useFullScreen = (): boolean =>
  useSyncExternalStore(
    listener => {
      document.addEventListener('fullscreenchange', listener)
      return () => document.removeEventListener('fullscreenchange', listener)
    },
    () => document.fullscreenElement !== null,
  )

const toggleFullScreen = async (): Promise<void> => {
  if (document.fullscreenElement) return document.exitFullscreen()
  await document.documentElement.requestFullscreen({ navigationUI: 'hide' })
  // Then nearly every key reaches the desktop. Where the browser has no such lock, or refuses it, the panel of keys
  // remains, and nothing else is lost.
  const { keyboard } = navigator as Navigator & { keyboard?: { lock?(): Promise<void> } }
  await keyboard?.lock?.().catch(() => {})
}

const useToolbarChord = (dock: React.RefObject<HTMLElement | null>, connection: Connection) => {
  useEffect(() => {
    const chord = createChord()
    const listen = (event: KeyboardEvent) => {
      const { type, code, ctrlKey, altKey, shiftKey } = event
      const altGraph = event.getModifierState('AltGraph')
      if (!chord({ type, code, ctrlKey, altKey, shiftKey, altGraph })) return
      connection.releaseKeys()
      dock.current?.querySelector<HTMLElement>('.handle')?.focus()
    }
    window.addEventListener('keydown', listen, { capture: true })
    window.addEventListener('keyup', listen, { capture: true })
    return () => {
      window.removeEventListener('keydown', listen, { capture: true })
      window.removeEventListener('keyup', listen, { capture: true })
    }
  }, [dock, connection])
}
