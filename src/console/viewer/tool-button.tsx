/** A button of the toolbar. One that cannot be used now stays where it is, and says why. */
import type { ReactNode } from 'react'

interface ToolButtonProps {
  name: string
  hint?: string
  icon: ReactNode
  testId: string
  /** Why it cannot be used. */
  refusal?: string | undefined
  /** Of one that switches something. */
  isOn?: boolean
  /** The panel that it opens. */
  panel?: string
  onClick?(): void
}

export const ToolButton = ({ name, hint = name, icon, testId, refusal, isOn, panel, onClick }: ToolButtonProps) => {
  const isRefused = refusal !== undefined
  return (
    <button
      type="button"
      className="tool"
      aria-label={name}
      aria-pressed={isOn === undefined ? undefined : isOn && !isRefused}
      title={refusal ?? hint}
      aria-disabled={isRefused || undefined}
      aria-description={refusal}
      popoverTarget={isRefused ? undefined : panel}
      onClick={isRefused ? undefined : onClick}
      data-testid={testId}
    >
      {icon}
    </button>
  )
}
