import type { Call } from '../access/call.ts'
import { invalid, notFound } from '../contract/errors.ts'
import type { LaunchProfileMembership, StudioMembership } from '../contract/types.ts'
import {
  changeLaunchProfileMember,
  launchProfileMember,
  listLaunchProfileMemberViews,
  listStudioMemberViews,
  ownIdentityStore,
  putLaunchProfileMember,
  putStudioMember,
  deleteLaunchProfileMember as removeLaunchProfileMember,
  deleteStudioMember as removeStudioMember,
  studioMember,
  usersAmong,
} from '../store/members.ts'
import { existingStudio, living, livingStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'

export const putStudioMembers: Handler<'PutStudioMembers'> = async (call, input) => {
  const { studioId, identityStoreId, members } = input
  await livingStudio(call, studioId)
  await refuseUnknown(call, identityStoreId, members)
  for (const { principalId } of members) await putStudioMember(call.db, studioId, { principalId, identityStoreId })
  return {}
}

export const getStudioMember: Handler<'GetStudioMember'> = async (call, { studioId, principalId }) => {
  await existingStudio(call, studioId)
  return { member: present(await studioMember(call.db, studioId, principalId), principalId) }
}

export const listStudioMembers: Handler<'ListStudioMembers'> = async (call, { studioId, maxResults, nextToken }) => {
  await existingStudio(call, studioId)
  const walk = { operation: 'ListStudioMembers' as const, filters: { studioId }, nextToken, maxResults }
  const { items, ...rest } = await page<StudioMembership>(call, walk, query =>
    listStudioMemberViews(call.db, studioId, query),
  )
  return { members: items, ...rest }
}

export const deleteStudioMember: Handler<'DeleteStudioMember'> = async (call, { studioId, principalId }) => {
  await livingStudio(call, studioId)
  if (!(await removeStudioMember(call.db, studioId, principalId))) throw notFound('member', principalId)
  return {}
}

export const putLaunchProfileMembers: Handler<'PutLaunchProfileMembers'> = async (call, input) => {
  const { studioId, launchProfileId, identityStoreId, members } = input
  await existingProfile(call, input)
  await refuseUnknown(call, identityStoreId, members)
  for (const { principalId } of members)
    await putLaunchProfileMember(call.db, studioId, launchProfileId, { principalId, identityStoreId })
  return {}
}

export const getLaunchProfileMember: Handler<'GetLaunchProfileMember'> = async (call, input) => {
  await existingProfile(call, input)
  return { member: present(await launchProfileMember(call.db, input, input.principalId), input.principalId) }
}

export const listLaunchProfileMembers: Handler<'ListLaunchProfileMembers'> = async (call, input) => {
  const { studioId, launchProfileId, maxResults, nextToken } = input
  await existingProfile(call, input)
  const filters = { studioId, launchProfileId }
  const walk = { operation: 'ListLaunchProfileMembers' as const, filters, nextToken, maxResults }
  const { items, ...rest } = await page<LaunchProfileMembership>(call, walk, query =>
    listLaunchProfileMemberViews(call.db, filters, query),
  )
  return { members: items, ...rest }
}

export const updateLaunchProfileMember: Handler<'UpdateLaunchProfileMember'> = async (call, input) => {
  const { principalId, persona } = input
  await existingProfile(call, input)
  return { member: present(await changeLaunchProfileMember(call.db, input, principalId, persona), principalId) }
}

export const deleteLaunchProfileMember: Handler<'DeleteLaunchProfileMember'> = async (call, input) => {
  await existingProfile(call, input)
  if (!(await removeLaunchProfileMember(call.db, input, input.principalId))) throw notFound('member', input.principalId)
  return {}
}

const existingProfile = async (call: Call, input: { studioId: string; launchProfileId: string }) => {
  await existingStudio(call, input.studioId)
  await living(call, 'launchProfile', input.studioId, input.launchProfileId)
}

const present = <Member>(member: Member | undefined, principalId: string): Member => {
  if (!member) throw notFound('member', principalId)
  return member
}

/** Members are users of this installation, all of them or none. */
const refuseUnknown = async (
  call: Call,
  identityStoreId: string,
  members: readonly { principalId: string }[],
): Promise<void> => {
  if (identityStoreId !== ownIdentityStore)
    throw invalid('UNKNOWN_IDENTITY_STORE', `The identity store of this installation is ${ownIdentityStore}.`)
  const asked = members.map(({ principalId }) => principalId)
  const users = await usersAmong(call.db, asked)
  const unknown = asked.find(id => !users.includes(id))
  if (unknown === undefined) return
  const resourceId = unknown.slice(0, 128)
  throw invalid('UNKNOWN_PRINCIPAL', `The identity store has no user with the id ${resourceId}.`, { resourceId })
}
