import { type ReactNode, useSyncExternalStore } from 'react'
import { icons } from '../icons.tsx'
import { ToolButton } from '../tool-button.tsx'
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

const Toggle = ({ id, state, ...tool }: ToggleProps) => (
  <ToolButton {...tool} testId={id} hint={`${tool.name}: ${state ?? (tool.isOn ? 'on' : 'off')}`} />
)
