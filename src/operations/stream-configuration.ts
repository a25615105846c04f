import { invalid } from '../contract/errors.ts'
import { defaultOf } from '../contract/model.ts'
import type { StreamConfiguration, StreamConfigurationCreate } from '../contract/types.ts'

/** The configuration with its defaults filled in; refuses combinations that the service did not allow (semantics §10). */
export const completed = (given: StreamConfigurationCreate): StreamConfiguration => {
  const persistent = given.sessionPersistenceMode === 'ACTIVATED'
  const terminating = given.automaticTerminationMode === 'ACTIVATED'
  const refuse = (member: string, condition: string) => {
    throw invalid('INVALID_STREAM_CONFIGURATION', `streamConfiguration.${member} is only allowed with ${condition}.`)
  }
  if (terminating && !persistent) refuse('automaticTerminationMode ACTIVATED', 'sessionPersistenceMode ACTIVATED')
  if (given.maxStoppedSessionLengthInMinutes && !(persistent && terminating))
    refuse('maxStoppedSessionLengthInMinutes', 'sessionPersistenceMode and automaticTerminationMode ACTIVATED')
  if (given.volumeConfiguration && !persistent) refuse('volumeConfiguration', 'sessionPersistenceMode ACTIVATED')
  if (given.sessionBackup?.mode === 'AUTOMATIC' && !persistent)
    refuse('sessionBackup.mode AUTOMATIC', 'sessionPersistenceMode ACTIVATED')

  const numberOf = (member: string) => defaultOf('StreamConfiguration', member)
  return {
    ...given,
    sessionPersistenceMode: persistent ? 'ACTIVATED' : 'DEACTIVATED',
    automaticTerminationMode: terminating ? 'ACTIVATED' : 'DEACTIVATED',
    maxSessionLengthInMinutes: given.maxSessionLengthInMinutes ?? numberOf('maxSessionLengthInMinutes'),
    maxStoppedSessionLengthInMinutes:
      given.maxStoppedSessionLengthInMinutes ?? numberOf('maxStoppedSessionLengthInMinutes'),
    sessionBackup: {
      mode: given.sessionBackup?.mode ?? 'DEACTIVATED',
      maxBackupsToRetain:
        given.sessionBackup?.maxBackupsToRetain ?? defaultOf('StreamConfigurationSessionBackup', 'maxBackupsToRetain'),
    },
    ...(persistent ? { volumeConfiguration: completedVolume(given.volumeConfiguration) } : {}),
  }
}

/** Size in GiB, throughput in MiB/s. */
export const completedVolume = (given: StreamConfiguration['volumeConfiguration'] = {}) => ({
  size: given.size ?? defaultOf('VolumeConfiguration', 'size') ?? 0,
  iops: given.iops ?? defaultOf('VolumeConfiguration', 'iops') ?? 0,
  throughput: given.throughput ?? defaultOf('VolumeConfiguration', 'throughput') ?? 0,
})
