import { invalid, notFound } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { Eula, EulaAcceptance } from '../contract/types.ts'
import { acceptEula, eulaById, eulasAmong, listEulaAcceptanceViews, listEulaViews, toEula } from '../store/eulas.ts'
import { existingStudio, livingStudio } from './existing.ts'
import type { Handler } from './handler.ts'
import { page } from './pages.ts'

/** Accepting again answers with the acceptance that there is (semantics §8). */
export const acceptEulas: Handler<'AcceptEulas'> = async (call, { studioId, eulaIds = [] }) => {
  await livingStudio(call, studioId)
  const asked = [...new Set(eulaIds)]
  // Nobody agrees to a text without saying to which.
  if (asked.length === 0) throw invalid('NO_EULA_NAMED', 'eulaIds has to name the EULAs that are accepted.')
  const known = await eulasAmong(call.db, asked)
  const unknown = asked.find(id => !known.includes(id))
  if (unknown !== undefined) throw notFound('EULA', unknown)
  const eulaAcceptances: EulaAcceptance[] = []
  for (const eulaId of asked)
    eulaAcceptances.push(
      await acceptEula(call.db, {
        id: newId(call.now),
        studioId,
        eulaId,
        acceptedBy: call.caller.principalId,
        acceptedAt: call.now,
      }),
    )
  return { eulaAcceptances }
}

export const getEula: Handler<'GetEula'> = async (call, { eulaId }) => {
  const eula = await eulaById(call.db, eulaId)
  if (!eula) throw notFound('EULA', eulaId)
  return { eula: toEula(eula, call.installation.publicUrl) }
}

export const listEulas: Handler<'ListEulas'> = async (call, { eulaIds, nextToken }) => {
  const filters = { eulaIds: few(eulaIds) }
  const { publicUrl } = call.installation
  const { items, ...rest } = await page<Eula>(call, { operation: 'ListEulas', filters, nextToken }, query =>
    listEulaViews(call.db, { ...filters, publicUrl }, query),
  )
  return { eulas: items, ...rest }
}

export const listEulaAcceptances: Handler<'ListEulaAcceptances'> = async (call, { studioId, eulaIds, nextToken }) => {
  await existingStudio(call, studioId)
  const filters = { studioId, eulaIds: few(eulaIds) }
  const walk = { operation: 'ListEulaAcceptances' as const, filters, nextToken }
  const { items, ...rest } = await page<EulaAcceptance>(call, walk, query =>
    listEulaAcceptanceViews(call.db, filters, query),
  )
  return { eulaAcceptances: items, ...rest }
}

const mostIds = 100

/** A filter by ids; undefined where none is given, which asks for all. */
const few = (ids: readonly string[] | undefined): string[] | undefined => {
  if (ids === undefined || ids.length === 0) return undefined
  const unique = [...new Set(ids)]
  if (unique.length > mostIds) throw invalid('TOO_MANY_IDS', `eulaIds takes at most ${mostIds} ids.`)
  return unique
}
