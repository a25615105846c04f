import { randomUUID } from 'node:crypto'
import { arnOf } from '../access/call.ts'
import { rendered } from '../contract/encode.ts'
import { conflict, invalid } from '../contract/errors.ts'
import { newStudioId } from '../contract/ids.ts'
import type { Studio } from '../contract/types.ts'
import { studioNoun } from '../lifecycle/resource-steps.ts'
import { insertResource } from '../store/resources.ts'
import { listStudioViews, studioByName } from '../store/studios.ts'
import { begin } from './begin.ts'
import { existingStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'
import { storedTags } from './tag-rules.ts'

export const createStudio: Handler<'CreateStudio'> = async (call, input) => {
  const { keyType, keyArn } = input.studioEncryptionConfiguration ?? { keyType: 'AWS_OWNED_KEY' }
  if ((keyType === 'CUSTOMER_MANAGED_KEY') !== (keyArn !== undefined))
    throw invalid('INVALID_ENCRYPTION', 'keyArn goes with keyType CUSTOMER_MANAGED_KEY, and only with it.')
  if (await studioByName(call.db, input.studioName))
    throw conflict('STUDIO_NAME_IN_USE', 'There is a studio with this name already.')
  const id = newStudioId(call.installation.region)
  const studio = await insertResource(call.db, 'studio', {
    ...begin(call, studioNoun, id, 'studio'),
    arn: arnOf(call.installation, 'studio', id),
    studioName: input.studioName,
    displayName: input.displayName,
    adminRoleArn: input.adminRoleArn,
    userRoleArn: input.userRoleArn,
    studioUrl: `${call.installation.publicUrl}/studios/${input.studioName}`,
    encryption: JSON.stringify({ keyType, keyArn }),
    ssoClientId: randomUUID(),
    tags: storedTags(input.tags),
  })
  return { studio: rendered<Studio>(studio.view) }
}

export const getStudio: Handler<'GetStudio'> = async (call, { studioId }) => ({
  studio: rendered<Studio>((await existingStudio(call, studioId)).view),
})

export const listStudios: Handler<'ListStudios'> = async (call, { nextToken }) => {
  const { items, ...rest } = await page<Studio>(call, { operation: 'ListStudios', filters: {}, nextToken }, query =>
    listStudioViews(call.db, query),
  )
  return { studios: items, ...rest }
}
