import { conflict, invalid } from '../contract/errors.ts'
import type { LaunchProfilePlatform, LaunchProfileState } from '../contract/types.ts'
import { fits } from '../contract/validate.ts'
import { commonVersion, initializationOf } from '../lifecycle/initialization.ts'
import { componentsInOrder } from '../store/studio-components.ts'
import { existingStudio, living } from './existing.ts'
import type { Handler } from './handler.ts'

export const getLaunchProfileInitialization: Handler<'GetLaunchProfileInitialization'> = async (call, input) => {
  const { studioId, launchProfileId, launchPurpose } = input
  await existingStudio(call, studioId)
  const profile = await living(call, 'launchProfile', studioId, launchProfileId)
  if (neverReady.includes(profile.state))
    throw conflict('INVALID_STATE', `The launch profile is ${profile.state}; workstations start from a READY one.`)
  // The contract bounds these in the answer only; what does not fit there is refused here (semantics §10).
  if (!fits(launchPurpose, 'LaunchPurpose'))
    throw invalid('INVALID_LAUNCH_PURPOSE', 'launchPurpose has at most 64 characters of A-Z, 0-9 and _.')
  const platform = input.platform.toUpperCase()
  if (!fits(platform, 'LaunchProfilePlatform')) throw invalid('INVALID_PLATFORM', 'platform is linux or windows.')
  const versions = JSON.parse(profile.protocolVersions) as string[]
  const protocolVersion = commonVersion(versions, input.launchProfileProtocolVersions)
  if (protocolVersion === undefined)
    throw invalid(
      'PROTOCOL_VERSION_NOT_IN_LAUNCH_PROFILE',
      `The launch profile has the protocol version ${versions.join(', ')} and none of those that were asked for.`,
    )
  const components = await componentsInOrder(call.db, JSON.parse(profile.studioComponentIds) as string[])
  const start = { protocolVersion, platform: platform as LaunchProfilePlatform, launchPurpose }
  return { launchProfileInitialization: initializationOf(profile, components, start) }
}

/** States in which nothing starts from a profile; one that is being changed is still as it was. */
const neverReady: readonly LaunchProfileState[] = ['CREATE_IN_PROGRESS', 'CREATE_FAILED', 'DELETE_IN_PROGRESS']
