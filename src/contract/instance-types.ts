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
