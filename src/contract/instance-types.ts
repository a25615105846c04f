/** What an instance type is given of its host. The AWS names keep EC2's figures (decision 21). */
export interface InstanceType {
  vcpus: number
  memoryMiB: number
  gpus: number
}

export type InstanceTypes = ReadonlyMap<string, InstanceType>

const type = (vcpus: number, memoryGiB: number, gpus: number): InstanceType => ({
  vcpus,
  memoryMiB: memoryGiB * 1024,
  gpus,
})

/** Names of Atelier's own, valid beside the contract's. */
export const ownInstanceTypes: Readonly<Record<string, InstanceType>> = {
  'local.small': type(1, 1, 0),
  'local.medium': type(2, 4, 0),
  'local.large': type(4, 16, 0),
}

export const awsInstanceTypes: Readonly<Record<string, InstanceType>> = {
  'g3s.xlarge': type(4, 30.5, 1),
  'g3.4xlarge': type(16, 122, 1),
  'g4dn.xlarge': type(4, 16, 1),
  'g4dn.2xlarge': type(8, 32, 1),
  'g4dn.4xlarge': type(16, 64, 1),
  'g4dn.8xlarge': type(32, 128, 1),
  'g4dn.12xlarge': type(48, 192, 4),
  'g4dn.16xlarge': type(64, 256, 1),
  'g5.xlarge': type(4, 16, 1),
  'g5.2xlarge': type(8, 32, 1),
  'g5.4xlarge': type(16, 64, 1),
  'g5.8xlarge': type(32, 128, 1),
  'g5.16xlarge': type(64, 256, 1),
}

/** Where an installation writes types of its own down, in its data folder. */
export const instanceTypesFile = 'instance-types.json'

/** Why a file of instance types cannot be used: one line that names the entry. */
export class InstanceTypesError extends Error {
  override readonly name = 'InstanceTypesError'
}

const mostTypes = 100

/**
 * All types of an installation: the contract's, Atelier's, and those of its own file, which may give Atelier's other
 * figures. `text` is JSON such as `{"studio.large": {"vcpus": 8, "memoryMiB": 32768}}`; undefined: there is no file.
 *
 * @throws InstanceTypesError
 */
export const readInstanceTypes = (text: string | undefined): InstanceTypes =>
  new Map(Object.entries({ ...ownInstanceTypes, ...(text === undefined ? {} : parseTypes(text)), ...awsInstanceTypes }))

const parseTypes = (text: string): Record<string, InstanceType> => {
  const entries = Object.entries(asObject(parseJson(text), 'the file'))
  if (entries.length > mostTypes) throw refuse(`the file has ${entries.length} types, and may have ${mostTypes}`)
  return Object.fromEntries(entries.map(([name, given]) => [name, parseType(name, given)]))
}

const parseType = (name: string, given: unknown): InstanceType => {
  if (!/^[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,31}$/.test(name))
    throw refuse(`${JSON.stringify(name.slice(0, 80))} is no name such as studio.large`)
  if (Object.hasOwn(awsInstanceTypes, name))
    throw refuse(`${name} is one of the cloud's names, which keep their figures`)
  const { vcpus, memoryMiB, gpus = 0, ...unknown } = asObject(given, name)
  const [first] = Object.keys(unknown)
  if (first !== undefined) throw refuse(`${name} has ${JSON.stringify(first)}; there are vcpus, memoryMiB and gpus`)
  return {
    vcpus: whole(`vcpus of ${name}`, vcpus, 1, 1024),
    // Less does not hold a desktop.
    memoryMiB: whole(`memoryMiB of ${name}`, memoryMiB, 256, 2 ** 24),
    gpus: whole(`gpus of ${name}`, gpus, 0, 64),
  }
}

const whole = (what: string, value: unknown, least: number, most: number): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw refuse(`${what} must be a whole number from ${least} to ${most}`)
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InstanceTypesError(`${instanceTypesFile}: it is not JSON (${(cause as Error).message})`, { cause })
  }
}

const asObject = (value: unknown, what: string): Record<string, unknown> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw refuse(`${what} must be an object in braces`)
}

const refuse = (reason: string) => new InstanceTypesError(`${instanceTypesFile}: ${reason}`)
