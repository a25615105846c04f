import { hasAdministrator } from '../access/attached.ts'
import { conflict } from '../contract/errors.ts'
import type { Db } from '../store/database.ts'

/** Makes a change after which somebody must still be able to do everything; else it is refused, and undone with it. */
export const keepingAnAdministrator = async <Result>(db: Db, change: () => Promise<Result>): Promise<Result> => {
  const before = await hasAdministrator(db)
  const result = await change()
  if (before && !(await hasAdministrator(db)))
    throw conflict(
      'LAST_ADMINISTRATOR',
      'Nobody would be left who may do everything: first give another account AdministratorAccess and an access key.',
    )
  return result
}
