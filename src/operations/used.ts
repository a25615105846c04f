import type { Call } from '../access/call.ts'
import { conflict } from '../contract/errors.ts'
import { profileThatUses } from '../store/launch-profiles.ts'

/** Refuses to take away what a launch profile names: the profile could not be launched any more. */
export const refuseUsed = async (
  call: Call,
  studioId: string,
  list: 'studioComponentIds' | 'streamingImageIds',
  id: string,
): Promise<void> => {
  const profile = await profileThatUses(call.db, studioId, list, id)
  if (profile !== undefined)
    throw conflict('IN_USE', `The launch profile ${profile} uses it. Take it out of the profile first.`, {
      resourceId: profile,
    })
}
