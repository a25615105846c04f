import { randomUUID } from 'node:crypto'
import { arnOf } from '../access/call.ts'
import { rendered } from '../contract/encode.ts'
import { conflict, invalid } from '../contract/errors.ts'
import { newStudioId } from '../contract/ids.ts'
import type { Studio } from '../contract/types.ts'
import { studioNoun } from '../lifecycle/resource-steps.ts'
import { insertResource, type Row } from '../store/resources.ts'
import { listStudioViews, studioByName } from '../store/studios.ts'
import { asked, updating } from './asked.ts'
import { begin } from './begin.ts'
import { existingStudio, livingStudio } from './existing.ts'
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
  return { studio: shown(studio) }
}

export const updateStudio: Handler<'UpdateStudio'> = async (call, input) => {
  const { studioId, displayName, adminRoleArn, userRoleArn } = input
  const studio = await livingStudio(call, studioId)
  return {
    studio: shown(
      await asked(call, studioNoun, studio, 'update', updating(studio, { displayName, adminRoleArn, userRoleArn })),
    ),
  }
}

export const deleteStudio: Handler<'DeleteStudio'> = async (call, { studioId }) => ({
  studio: shown(await asked(call, studioNoun, await livingStudio(call, studioId), 'delete')),
})

/**
 * Gives the studio a new sign-in configuration where it has none, as after it was brought in from elsewhere. A valid one
 * is refused, as the service did (semantics §6).
 */
export const startStudioSSOConfigurationRepair: Handler<'StartStudioSSOConfigurationRepair'> = async (
  call,
  { studioId },
) => {
  const studio = await livingStudio(call, studioId)
  if (studio.ssoClientId !== '')
    throw invalid('SSO_CONFIGURATION_VALID', 'The sign-in configuration of the studio is valid: nothing to repair.')
  const change = updating(studio, { ssoClientId: randomUUID() })
  return { studio: shown(await asked(call, studioNoun, studio, 'update', change)) }
}

export const getStudio: Handler<'GetStudio'> = async (call, { studioId }) => ({
  studio: shown(await existingStudio(call, studioId)),
})

export const listStudios: Handler<'ListStudios'> = async (call, { nextToken }) => {
  const { items, ...rest } = await page<Studio>(call, { operation: 'ListStudios', filters: {}, nextToken }, query =>
    listStudioViews(call.db, query),
  )
  return { studios: items, ...rest }
}

const shown = (row: Row<'studio'>) => rendered<Studio>(row.view)
