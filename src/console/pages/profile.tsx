import { useId, useState } from 'react'
import type { LaunchProfile, StreamConfiguration, StreamingSession } from '../../contract/types.ts'
import { sentenceOf } from '../account.ts'
import { useImages, useLaunch } from '../queries.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'

interface ProfileProps {
  studioId: string
  ownedBy: string
  profile: LaunchProfile
  launched(session: StreamingSession): void
}

export const Profile = ({ studioId, ownedBy, profile, launched }: ProfileProps) => {
  const { launchProfileId = '', name, description, streamConfiguration } = profile
  const types = streamConfiguration?.ec2InstanceTypes ?? []
  const images = streamConfiguration?.streamingImageIds ?? []
  const [type = types[0], setType] = useState<(typeof types)[number]>()
  const [image = images[0], setImage] = useState<string>()
  const details = useImages(studioId, launchProfileId, images.length > 1)
  const launch = useLaunch(studioId, ownedBy)
  const press = () =>
    launch.mutate(
      { launchProfileId, ec2InstanceType: type, streamingImageId: image },
      { onSuccess: session => session && launched(session) },
    )
  return (
    <li className="card" data-testid="profile-card">
      <h3>{name}</h3>
      {description && <p className="muted">{description}</p>}
      <p className="facts">
        {streamConfiguration && promisesOf(streamConfiguration).map(promise => <span key={promise}>{promise}</span>)}
      </p>
      {(types.length > 1 || images.length > 1) && (
        <div className="choices">
          <Choice
            label="Size"
            value={type}
            options={types.map(id => ({ id, label: id }))}
            onChange={id => setType(id)}
          />
          <Choice
            label="Image"
            value={image}
            options={images.map(id => ({
              id,
              label: details.data?.find(one => one.streamingImageId === id)?.name ?? id,
            }))}
            onChange={setImage}
          />
        </div>
      )}
      {launch.error && <Notice failed>{sentenceOf(launch.error)}</Notice>}
      <div className="actions">
        <Button kind="strong" busy={launch.isPending} onClick={press} data-testid="launch">
          Launch<span className="visually-hidden"> {name}</span>
        </Button>
      </div>
    </li>
  )
}

interface ChoiceProps<Id extends string> {
  label: string
  value: Id | undefined
  options: { id: Id; label: string }[]
  onChange(id: Id): void
}

/** Shown only where there is something to choose. */
const Choice = <Id extends string>({ label, value, options, onChange }: ChoiceProps<Id>) => {
  const id = useId()
  if (options.length < 2) return null
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={event => onChange(event.target.value as Id)}>
        {options.map(option => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

/** What the artist can rely on, in the order in which it matters. */
const promisesOf = (configuration: StreamConfiguration): string[] => {
  const { ec2InstanceTypes, sessionPersistenceMode, sessionBackup, clipboardMode, volumeConfiguration } = configuration
  const promises: string[] = []
  const [onlyType, ...others] = ec2InstanceTypes
  if (onlyType && others.length === 0) promises.push(onlyType)
  if (sessionPersistenceMode === 'ACTIVATED') {
    promises.push(
      volumeConfiguration?.size ? `${volumeConfiguration.size} GiB, kept when stopped` : 'Kept when stopped',
    )
    if (sessionBackup?.mode === 'AUTOMATIC') promises.push('Backed up')
  } else promises.push('Kept only while it runs')
  if (clipboardMode === 'DISABLED') promises.push('No clipboard')
  return promises
}
