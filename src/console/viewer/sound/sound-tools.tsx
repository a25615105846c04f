import { type ReactNode, useSyncExternalStore } from 'react'
import { icons } from '../icons.tsx'
import type { Sound } from './sound.ts'

interface SoundToolsProps {
  sound: Sound
  /** Who only watches says nothing. */
  viewOnly: boolean
  done: () => void
}

/** The buttons of sound and microphone. */
export const SoundTools = ({ sound, viewOnly, done }: SoundToolsProps) => {
  const { hearing, speaking, noSound, noMicrophone, failure } = useSyncExternalStore(sound.subscribe, sound.snapshot)
  const withDone = (toggle: () => void) => () => {
    toggle()
    done()
  }
  return (
    <>
      <Toggle
        name="Sound"
        id="sound"
        isOn={hearing !== 'off'}
        state={hearing === 'waiting' ? 'on, after the first key or click on the desktop' : undefined}
        icon={hearing === 'off' || noSound ? icons.noSound : icons.sound}
        refusal={noSound}
        onClick={withDone(sound.toggleHearing)}
      />
      {!viewOnly && (
        <Toggle
          name="Microphone"
          id="microphone"
          isOn={speaking === 'on'}
          state={speaking === 'asking' ? 'waiting for your permission' : failure}
          icon={speaking === 'on' ? icons.microphone : icons.noMicrophone}
          refusal={noMicrophone}
          onClick={withDone(sound.toggleSpeaking)}
        />
      )}
    </>
  )
}

interface ToggleProps {
  name: string
  id: string
  isOn: boolean
  state: string | undefined
  icon: ReactNode
  refusal: string | undefined
  onClick(): void
}

const Toggle = ({ name, id, isOn, state, icon, refusal, onClick }: ToggleProps) => (
  <button
    type="button"
    className="tool"
    aria-label={name}
    aria-pressed={isOn && refusal === undefined}
    title={refusal ?? `${name}: ${state ?? (isOn ? 'on' : 'off')}`}
    aria-disabled={refusal === undefined ? undefined : true}
    aria-description={refusal}
    onClick={refusal === undefined ? onClick : undefined}
    data-testid={id}
  >
    {icon}
  </button>
)
