import { broken, invalidMembers } from '../contract/errors.ts'
import { defaultOf } from '../contract/model.ts'
import type { StreamConfiguration, StreamConfigurationCreate } from '../contract/types.ts'

/** The configuration with its defaults filled in; refuses combinations that the service did not allow (semantics §10). */
export const completed = (given: StreamConfigurationCreate): StreamConfiguration => {
  const persistent = given.sessionPersistenceMode === 'ACTIVATED'
  const terminating = given.automaticTerminationMode === 'ACTIVATED'
  const failures = rulesOf(persistent, terminating).flatMap(({ member, isGiven, isAllowed, needs }) =>
    isGiven(given) && !isAllowed
      ? [broken(`/streamConfiguration/${member}`, `Member is only allowed with ${needs}`)]
      : [],
  )
  if (failures.length > 0) throw invalidMembers('INVALID_STREAM_CONFIGURATION', failures)

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

interface Rule {
  member: string
  /** Whether it says more than leaving it out would. */
  isGiven: (given: StreamConfigurationCreate) => boolean
  isAllowed: boolean
  needs: string
}

/** What needs something that a session keeps when it is stopped (semantics §10, decision 19). */
const rulesOf = (persistent: boolean, terminating: boolean): readonly Rule[] => [
  {
    member: 'automaticTerminationMode',
    isGiven: () => terminating,
    isAllowed: persistent,
    needs: 'sessionPersistenceMode ACTIVATED',
  },
  {
    member: 'maxStoppedSessionLengthInMinutes',
    isGiven: ({ maxStoppedSessionLengthInMinutes = 0 }) => maxStoppedSessionLengthInMinutes > 0,
    isAllowed: persistent && terminating,
    needs: 'sessionPersistenceMode and automaticTerminationMode ACTIVATED',
  },
  {
    member: 'sessionBackup/mode',
    isGiven: ({ sessionBackup }) => sessionBackup?.mode === 'AUTOMATIC',
    isAllowed: persistent,
    needs: 'sessionPersistenceMode ACTIVATED',
  },
  {
    member: 'volumeConfiguration',
    isGiven: ({ volumeConfiguration }) => volumeConfiguration !== undefined,
    isAllowed: persistent,
    needs: 'sessionPersistenceMode ACTIVATED',
  },
]

/** Size in GiB, throughput in MiB/s. */
export const completedVolume = (given: StreamConfiguration['volumeConfiguration'] = {}) => ({
  size: given.size ?? defaultOf('VolumeConfiguration', 'size') ?? 0,
  iops: given.iops ?? defaultOf('VolumeConfiguration', 'iops') ?? 0,
  throughput: given.throughput ?? defaultOf('VolumeConfiguration', 'throughput') ?? 0,
})
