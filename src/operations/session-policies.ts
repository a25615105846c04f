import type { SessionPolicy } from '../contract/types.ts'
import type { LaunchProfileRow } from '../store/launch-profiles.ts'
import { changeResource } from '../store/resources.ts'
import type { SessionRow } from '../store/sessions.ts'
import { existing, living } from './existing.ts'
import type { Handler } from './handler.ts'

const minute = 60_000

/** Of one processor: more than a desktop with open programs takes that wait for their user, less than any that computes. */
const usualCpuThreshold = 10

export const getSessionPolicy: Handler<'GetSessionPolicy'> = async (call, { studioId, launchProfileId }) => ({
  sessionPolicy: shown(await existing(call, 'launchProfile', studioId, launchProfileId)),
})

/** All of it: what is not given is off. */
export const putSessionPolicy: Handler<'PutSessionPolicy'> = async (call, input) => {
  const { studioId, launchProfileId, maxExtensionInMinutes, idleStopInMinutes, idleCpuThresholdInPercent } = input
  const { id, state } = await living(call, 'launchProfile', studioId, launchProfileId)
  const sessionPolicy = JSON.stringify({ maxExtensionInMinutes, idleStopInMinutes, idleCpuThresholdInPercent })
  const changed = await changeResource(call.db, 'launchProfile', { id, state }, { sessionPolicy })
  if (!changed) throw new Error(`the launch profile ${id} was moved inside a transaction`)
  return { sessionPolicy: shown(changed) }
}

/** What a new session takes over, and keeps when the policy is changed (decision 16). */
export const sessionPolicyColumns = (
  profile: Pick<LaunchProfileRow, 'id' | 'sessionPolicy'>,
): Pick<SessionRow, 'maxExtensionMs' | 'idleAfterMs' | 'idleCpuPercent'> => {
  const { maxExtensionInMinutes = 0, idleStopInMinutes, idleCpuThresholdInPercent = usualCpuThreshold } = shown(profile)
  return {
    maxExtensionMs: maxExtensionInMinutes * minute,
    idleAfterMs: idleStopInMinutes === undefined ? null : idleStopInMinutes * minute,
    idleCpuPercent: idleStopInMinutes === undefined ? null : idleCpuThresholdInPercent,
  }
}

const shown = ({ id, sessionPolicy }: Pick<LaunchProfileRow, 'id' | 'sessionPolicy'>): SessionPolicy => {
  const put: Omit<SessionPolicy, 'launchProfileId'> = JSON.parse(sessionPolicy)
  return {
    launchProfileId: id,
    maxExtensionInMinutes: put.maxExtensionInMinutes ?? 0,
    ...(put.idleStopInMinutes === undefined
      ? {}
      : {
          idleStopInMinutes: put.idleStopInMinutes,
          idleCpuThresholdInPercent: put.idleCpuThresholdInPercent ?? usualCpuThreshold,
        }),
  }
}
