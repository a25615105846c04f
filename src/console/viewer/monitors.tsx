/** Several monitors of one desktop: each is a window of the viewer's, opened by the same stream. */
import { useState } from 'react'
import { limits } from '../../protocol/messages.ts'
import type { Monitors } from './decoder.ts'
import { icons } from './icons.tsx'
import { ToolButton } from './tool-button.tsx'

/** The address says the number that people see: the first monitor is 1, and needs none. */
export const monitorOfAddress = (search: string): number => {
  const number = Number(new URLSearchParams(search).get('monitor') ?? 1)
  return Number.isInteger(number) && number >= 1 && number <= limits.monitors ? number - 1 : 0
}

/** This browser has the key of the stream in a cookie: the address of the other window holds no secret. */
const openMonitor = (monitor: number): boolean => {
  const { innerWidth, innerHeight } = window
  const features = `popup,width=${Math.round(innerWidth * 0.9)},height=${Math.round(innerHeight * 0.9)}`
  const address = `${location.pathname}?monitor=${monitor + 1}`
  // One that lost its desktop, and is still open, begins anew.
  return window.open(address, address, features) !== null
}

interface MonitorToolProps {
  /** Undefined where the protocol knows one only. */
  monitors: Monitors | undefined
  /** What a protocol that knows more needs (`decoder.ts`). */
  needs: string | undefined
  viewOnly: boolean
  look(monitor: number): void
  done(): void
}

const blocked = 'The browser does not let this page open a window. It can be allowed in the page’s settings.'

/** Who works there gets another monitor; who watches looks at another one, where there are several. */
export const MonitorTool = ({ monitors, needs, viewOnly, look, done }: MonitorToolProps) => {
  const [isBlocked, setIsBlocked] = useState(false)
  const { present = [], shown = 0 } = monitors ?? {}
  if (viewOnly) {
    const next = present[(present.indexOf(shown) + 1) % present.length]
    if (present.length < 2 || next === undefined) return null
    return (
      <ToolButton
        icon={icons.monitors}
        testId="monitor"
        name={`Look at monitor ${next + 1}`}
        onClick={() => {
          look(next)
          done()
        }}
      />
    )
  }
  const free = Array.from({ length: limits.monitors }, (_, monitor) => monitor).find(one => !present.includes(one))
  const refusal = needs
    ? `A second monitor ${needs}`
    : !monitors
      ? 'The desktop is not there at the moment.'
      : free === undefined
        ? `There are ${limits.monitors} monitors, and no more.`
        : undefined
  return (
    <ToolButton
      icon={icons.monitors}
      testId="monitor"
      name={free === undefined || free === 1 ? 'Second monitor' : `Monitor ${free + 1}`}
      hint={
        isBlocked ? blocked : 'Another window, for another screen of yours, that is another monitor of this desktop'
      }
      refusal={refusal}
      onClick={() => {
        if (free !== undefined) setIsBlocked(!openMonitor(free))
      }}
    />
  )
}
