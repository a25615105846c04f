/**
 * The static validation of a launch profile: what of its network and directory can be seen to be wrong before anybody
 * launches from it (semantics §10). It is told, and does not decide the state of the profile.
 */
import { connect } from 'node:net'
import type { Logger } from 'pino'
import type {
  LaunchProfileValidationStatusCode,
  LaunchProfileValidationType,
  StudioComponentConfiguration,
  StudioComponentState,
  ValidationResult,
} from '../contract/types.ts'
import { isComing } from './resource.ts'

/** What the operator says of the network around the workstations. */
export interface Network {
  /** Where the domain controllers of a directory answer, by directory id. */
  directories: ReadonlyMap<string, { host: string; port: number }>
  /** The subnets there are; none named: any is taken. */
  subnets: readonly string[]
}

interface Component {
  id: string
  type: string
  state: string
  /** json, with `configuration` and `ec2SecurityGroupIds` */
  details: string
}

interface Details {
  configuration?: StudioComponentConfiguration
  ec2SecurityGroupIds?: string[]
}

/** Undefined when nothing is wrong, or what is. */
type Finding = { code: LaunchProfileValidationStatusCode; message: string } | undefined

interface Check {
  type: LaunchProfileValidationType
  find: (network: Network, components: readonly Component[], subnets: readonly string[]) => Finding | Promise<Finding>
}

/** Four results. A check that cannot be done says so in its own, and the cause goes to the log. */
export const validated = (
  network: Network,
  components: readonly Component[],
  subnets: readonly string[],
  log: Pick<Logger, 'error'>,
): Promise<ValidationResult[]> =>
  Promise.all(
    checks.map(async ({ type, find }) => {
      try {
        return result(type, await find(network, components, subnets))
      } catch (error) {
        log.error({ err: error, type }, 'a validation could not be done')
        const failed = 'VALIDATION_FAILED_INTERNAL_SERVER_ERROR'
        return { type, state: failed, statusCode: failed, statusMessage: 'The validation could not be done.' }
      }
    }),
  )

/** The results while there are none. */
export const allValidations = (state: 'VALIDATION_NOT_STARTED' | 'VALIDATION_IN_PROGRESS'): ValidationResult[] =>
  checks.map(({ type }) => ({
    ...{ type, state, statusCode: state },
    statusMessage: state === 'VALIDATION_NOT_STARTED' ? 'The validation has not started.' : 'The validation goes on.',
  }))

const result = (type: LaunchProfileValidationType, finding: Finding): ValidationResult =>
  finding
    ? { type, state: 'VALIDATION_FAILED', statusCode: finding.code, statusMessage: finding.message }
    : {
        ...{ type, state: 'VALIDATION_SUCCESS', statusCode: 'VALIDATION_SUCCESS' },
        statusMessage: 'The validation succeeded.',
      }

const directoryFinding = async ({ directories }: Network, components: readonly Component[]): Promise<Finding> => {
  const code = 'VALIDATION_FAILED_INVALID_ACTIVE_DIRECTORY'
  const attached = components.filter(({ type }) => type === 'ACTIVE_DIRECTORY')
  const [component] = attached
  if (!component) return undefined
  if (attached.length > 1) return { code, message: 'The profile has more than one Active Directory component.' }
  if (!isComing(component.state as StudioComponentState))
    return { code, message: `The Active Directory component ${component.id} is ${component.state}.` }
  const { configuration } = JSON.parse(component.details) as Details
  const directoryId = configuration?.activeDirectoryConfiguration?.directoryId
  if (directoryId === undefined)
    return { code, message: `The Active Directory component ${component.id} names no directory.` }
  const place = directories.get(directoryId)
  if (!place)
    return { code, message: `This installation does not know the directory ${directoryId}: see ATELIER_DIRECTORIES.` }
  if (await answers(place)) return undefined
  return { code, message: `The directory ${directoryId} does not answer at ${place.host}:${place.port}.` }
}

const subnetFinding = (network: Network, subnets: readonly string[]): Finding => {
  const code = 'VALIDATION_FAILED_SUBNET_NOT_FOUND'
  const odd = subnets.find(id => !/^subnet-[0-9a-z]+$/.test(id))
  if (odd !== undefined) return { code, message: 'The id of a subnet is subnet- and digits or letters.' }
  const unknown = subnets.filter(id => network.subnets.length > 0 && !network.subnets.includes(id))
  if (unknown.length === 0) return undefined
  return { code, message: `This installation does not know ${unknown.join(', ')}: see ATELIER_SUBNETS.` }
}

const groupFinding = (components: readonly Component[]): Finding => {
  const groups = components.flatMap(({ details }) => (JSON.parse(details) as Details).ec2SecurityGroupIds ?? [])
  const code = 'VALIDATION_FAILED_INVALID_SECURITY_GROUP_ASSOCIATION'
  if (!groups.every(id => /^sg-[0-9a-z]+$/.test(id)))
    return { code, message: 'The id of a security group is sg- and digits or letters.' }
  const different = new Set(groups).size
  if (different > mostGroups)
    return {
      code,
      message: `The components name ${different} security groups; a workstation has at most ${mostGroups}.`,
    }
  return undefined
}

/** In the order of the service. */
const checks: readonly Check[] = [
  { type: 'VALIDATE_ACTIVE_DIRECTORY_STUDIO_COMPONENT', find: directoryFinding },
  { type: 'VALIDATE_SUBNET_ASSOCIATION', find: (network, _, subnets) => subnetFinding(network, subnets) },
  // Workstations of this driver have no network of their own that an access list could cut off.
  { type: 'VALIDATE_NETWORK_ACL_ASSOCIATION', find: () => undefined },
  { type: 'VALIDATE_SECURITY_GROUP_ASSOCIATION', find: (_, components) => groupFinding(components) },
]

/** As the contract has it for one component. */
const mostGroups = 30

const patienceMs = 2000

/** Whether something takes a TCP connection there. */
const answers = ({ host, port }: { host: string; port: number }): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    socket.setTimeout(patienceMs, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
