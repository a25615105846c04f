/** What a workstation of a launch profile is told at its start: the answer of the API, and what it really runs. */
import { hash } from 'node:crypto'
import type {
  LaunchProfileInitialization,
  LaunchProfileInitializationActiveDirectory,
  LaunchProfileInitializationScript,
  LaunchProfilePlatform,
  StudioComponent,
  StudioComponentInitializationScriptRunContext,
} from '../contract/types.ts'
import type { LaunchProfileRow } from '../store/launch-profiles.ts'
import type { StudioComponentRow } from '../store/studio-components.ts'

export interface Start {
  protocolVersion: string
  platform: LaunchProfilePlatform
  launchPurpose: string
}

/** `components` are those of the profile, in its order: their scripts run in that order. */
export const initializationOf = (
  profile: Pick<LaunchProfileRow, 'id' | 'name'>,
  components: readonly Pick<StudioComponentRow, 'id' | 'name' | 'type' | 'details'>[],
  { protocolVersion, platform, launchPurpose }: Start,
): LaunchProfileInitialization => {
  const all = components.map(({ details, ...component }) => ({ ...component, details: JSON.parse(details) as Details }))
  const groups = [...new Set(all.flatMap(({ details }) => details.ec2SecurityGroupIds ?? []))]
  const scriptsIn = (context: StudioComponentInitializationScriptRunContext) =>
    all.flatMap(component => scriptsOf(component, context, { protocolVersion, platform }))
  const directory = all.find(({ type }) => type === 'ACTIVE_DIRECTORY')
  return {
    launchProfileId: profile.id,
    name: profile.name,
    launchProfileProtocolVersion: protocolVersion,
    launchPurpose,
    platform,
    // The contract has no list of none.
    ec2SecurityGroupIds: groups.length > 0 ? groups : undefined,
    systemInitializationScripts: scriptsIn('SYSTEM_INITIALIZATION'),
    userInitializationScripts: scriptsIn('USER_INITIALIZATION'),
    activeDirectory: directory && directoryOf(directory),
  }
}

/** The newest version that both have; undefined when there is none. Versions are dates, so their texts sort. */
export const commonVersion = (ours: readonly string[], theirs: readonly string[]): string | undefined =>
  ours
    .filter(version => theirs.includes(version))
    .sort()
    .at(-1)

/**
 * The name that a workstation joins a domain by: the same at every start, and no longer than NetBIOS allows. Twelve
 * characters of a hash are 62 bits, so that two workstations of a domain do not meet.
 */
export const computerNameOf = (sessionId: string): string => {
  const digits = BigInt(`0x${hash('sha256', sessionId, 'hex').slice(0, 20)}`).toString(36)
  return `WS-${digits.slice(-12).padStart(12, '0').toUpperCase()}`
}

type Details = Pick<
  StudioComponent,
  'configuration' | 'ec2SecurityGroupIds' | 'initializationScripts' | 'runtimeRoleArn' | 'secureInitializationRoleArn'
>

type Component = Pick<StudioComponentRow, 'id' | 'name'> & { details: Details }

const scriptsOf = (
  { id, name, details }: Component,
  context: StudioComponentInitializationScriptRunContext,
  { protocolVersion, platform }: Pick<Start, 'protocolVersion' | 'platform'>,
): LaunchProfileInitializationScript[] =>
  (details.initializationScripts ?? [])
    .filter(
      ({ runContext, launchProfileProtocolVersion = protocolVersion, ...script }) =>
        runContext === context && script.platform === platform && launchProfileProtocolVersion === protocolVersion,
    )
    .map(({ script }) => ({
      studioComponentId: id,
      studioComponentName: name,
      script,
      // The secure role is for the system's script alone; the other lasts as long as the workstation (semantics §9).
      secureInitializationRoleArn:
        context === 'SYSTEM_INITIALIZATION' ? details.secureInitializationRoleArn : undefined,
      runtimeRoleArn: details.runtimeRoleArn,
    }))

const directoryOf = ({ id, name, details }: Component): LaunchProfileInitializationActiveDirectory => {
  const { directoryId, organizationalUnitDistinguishedName, computerAttributes } =
    details.configuration?.activeDirectoryConfiguration ?? {}
  return {
    studioComponentId: id,
    studioComponentName: name,
    directoryId,
    organizationalUnitDistinguishedName,
    computerAttributes,
  }
}
