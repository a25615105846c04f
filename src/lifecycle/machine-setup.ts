/**
 * What the components of a launch profile become in a workstation (decision 14 in `docs/decisions`). The scripts are
 * those of `initializationOf`, so the answer of GetLaunchProfileInitialization and what is run cannot be different.
 */
import type { MachineSetup, Script, Share } from '../compute/driver.ts'
import type { StudioComponent, StudioComponentType } from '../contract/types.ts'
import type { LaunchProfileRow } from '../store/launch-profiles.ts'
import type { StudioComponentRow } from '../store/studio-components.ts'
import { commonVersion, computerNameOf, initializationOf } from './initialization.ts'

/** `launchPurpose` of the start of a session. */
export const sessionPurpose = 'STREAMING_SESSION'

type Profile = Pick<LaunchProfileRow, 'id' | 'name' | 'protocolVersions'>
type Component = Pick<StudioComponentRow, 'id' | 'name' | 'type' | 'details'>

/** `components` are those of the profile, in its order. */
export const machineSetupOf = (sessionId: string, profile: Profile, components: readonly Component[]): MachineSetup => {
  const versions = JSON.parse(profile.protocolVersions) as string[]
  const protocolVersion = commonVersion(versions, versions) ?? ''
  const launch = { LAUNCH_PROFILE_ID: profile.id, LAUNCH_PURPOSE: sessionPurpose }
  const start = { protocolVersion, platform: 'LINUX', launchPurpose: sessionPurpose } as const
  const told = initializationOf(profile, components, start)
  const all = components.map(component => ({ ...component, details: JSON.parse(component.details) as Details }))

  const scripts = (['SYSTEM_INITIALIZATION', 'USER_INITIALIZATION'] as const).flatMap((runs): Script[] => {
    const those =
      (runs === 'SYSTEM_INITIALIZATION' ? told.systemInitializationScripts : told.userInitializationScripts) ?? []
    return those.map(({ studioComponentId = '', studioComponentName = '', script = '' }, index) => {
      const number = those.slice(0, index + 1).filter(each => each.studioComponentId === studioComponentId).length
      const component = all.find(({ id }) => id === studioComponentId)
      return {
        component: studioComponentId,
        title: `The ${runs} script${number > 1 ? ` ${number}` : ''} of the component “${studioComponentName}”`,
        runs,
        text: script,
        environment: { ...launch, STUDIO_COMPONENT_ID: studioComponentId, ...(component && variablesOf(component)) },
      }
    })
  })

  return {
    hostname: computerNameOf(sessionId),
    environment: sessionVariables(all),
    shares: all.flatMap(shareOf),
    scripts,
    directory: told.activeDirectory?.studioComponentId,
  }
}

type Details = Pick<StudioComponent, 'configuration' | 'scriptParameters'>
type Read = Omit<Component, 'details'> & { details: Details }
type Variables = Record<string, string>

/** Of one component, for its own scripts: its configuration, and its parameters, which go before. */
const variablesOf = (component: Read): Variables => ({ ...configured(component), ...parameters(component) })

const parameters = ({ details }: Read): Variables =>
  Object.fromEntries((details.scriptParameters ?? []).map(({ key = '', value = '' }) => [key, value]))

/** Members of the configuration by type and name, such as LICENSE_SERVICE_ENDPOINT and SHARED_FILE_SYSTEM_SHARE_NAME. */
const configured = ({ type, details }: Read): Variables => {
  const [configuration] = Object.values(details.configuration ?? {})
  const members = Object.entries((configuration ?? {}) as Record<string, unknown>)
  return Object.fromEntries(
    members.flatMap(([name, value]) =>
      typeof value === 'string' && value !== ''
        ? [[`${type}_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`, value]]
        : [],
    ),
  )
}

/** The programs of an artist find licences and farms by themselves; the other types are for their own scripts. */
const forPrograms: readonly StudioComponentType[] = ['LICENSE_SERVICE', 'COMPUTE_FARM']

/** Of every program of the desktop. Of two components that name the same variable, the later one counts. */
const sessionVariables = (components: readonly Read[]): Variables => {
  const those = components.filter(({ type }) => forPrograms.includes(type as StudioComponentType))
  const variables: Variables = {}
  // Endpoints are a list; of anything else there is one.
  for (const [name, value] of those.flatMap(component => Object.entries(configured(component))))
    variables[name] = name.endsWith('_ENDPOINT') && variables[name] ? `${variables[name]},${value}` : value
  const servers = (variables.LICENSE_SERVICE_ENDPOINT ?? '').split(/[,;\s]+/).flatMap(licenseServer)
  if (servers.length > 0) for (const name of licenseVariables) variables[name] = servers.join(':')
  return Object.assign(variables, ...those.map(parameters))
}

/** What the licence libraries of most vendors look at: FlexNet and RLM. Each passes over servers of the other. */
const licenseVariables = ['LM_LICENSE_FILE', 'RLM_LICENSE']

/** `port@host`, as both want it. */
const licenseServer = (endpoint: string): string[] => {
  const [, port, host] = /^(\d{1,5})@([\w.-]+)$/.exec(endpoint) ?? []
  const [, hostFirst, portLast] = /^([\w.-]+):(\d{1,5})$/.exec(endpoint) ?? []
  return port ? [`${port}@${host}`] : hostFirst ? [`${portLast}@${hostFirst}`] : []
}

/** A component without a mount point for Linux has nothing for a workstation of Linux. */
const shareOf = ({ id, name, details }: Read): Share[] => {
  const { endpoint, shareName, fileSystemId, linuxMountPoint } =
    details.configuration?.sharedFileSystemConfiguration ?? {}
  if (!linuxMountPoint) return []
  const both = endpoint && shareName ? [`${endpoint}/${shareName}`] : []
  const names = [...both, shareName, fileSystemId, endpoint].flatMap(name => name || [])
  return [
    { component: id, title: `The shared file system of the component “${name}”`, names, mountPoint: linuxMountPoint },
  ]
}
