/** Every exception of the contract, by its own name, in three of AWS's clients. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { modelledErrors } from '../../src/contract/model.ts'
import type { OperationName } from '../../src/contract/types.ts'
import { type ClientName, type ClientsStudio, clientNames, createClientsStudio } from './clients.ts'

/** What a caller may change at once, and nothing more for a long while. */
const changes = 50
const throttle = { read: { perSecond: 1e9, burst: 1e9 }, write: { perSecond: 1e-6, burst: changes } }

let studio: ClientsStudio
before(async () => {
  studio = await createClientsStudio({ throttle })
})
after(() => studio?.close())

const testExceptions = (client: ClientName) => {
  const seen = new Set<string>()
  const refusedWith = async (name: string, reason: string, operation: OperationName, input: object) => {
    const { error } = await studio.asked[client].call(operation, input)
    assert.equal(error?.name, name, JSON.stringify(error))
    assert.equal(error.typed, true, name)
    if (client !== 'cli')
      assert.deepEqual([error.status, error.reason], [modelledErrors[name], reason], JSON.stringify(error))
    seen.add(name)
  }

  it('knows each exception of the contract by its name', async () => {
    const { studioId, sessionId, launchProfileId } = studio.things
    const one = { studioId, sessionId }
    await refusedWith('ResourceNotFoundException', 'NOT_FOUND', 'GetStreamingSession', { ...one, sessionId: 'none' })
    await refusedWith('ConflictException', 'INVALID_STATE', 'StartStreamingSession', one)
    const roles = { adminRoleArn: 'arn:aws:iam::000000000000:role/a', userRoleArn: 'arn:aws:iam::000000000000:role/a' }
    const badName = { studioName: 'Not A Name', displayName: 'x', ...roles }
    await refusedWith('ValidationException', 'INVALID_MEMBER', 'CreateStudio', badName)

    const { quotas } = studio.installation
    const { sessions } = quotas
    try {
      quotas.sessions = 0
      const more = { studioId, launchProfileId }
      await refusedWith('ServiceQuotaExceededException', 'QUOTA_EXCEEDED', 'CreateStreamingSession', more)
    } finally {
      quotas.sessions = sessions
    }

    const profile = studio.db.updateTable('launchProfile').where('id', '=', launchProfileId)
    const { streamConfiguration } = await studio.db
      .selectFrom('launchProfile')
      .select('streamConfiguration')
      .where('id', '=', launchProfileId)
      .executeTakeFirstOrThrow()
    try {
      await profile.set({ streamConfiguration: 'damaged' }).execute()
      const damaged = { studioId, launchProfileId }
      await refusedWith('InternalServerErrorException', 'INTERNAL_ERROR', 'GetLaunchProfileDetails', damaged)
    } finally {
      await profile.set({ streamConfiguration }).execute()
    }

    const { principalId } = studio.keys[client]
    const kindOf = (kind: 'account' | 'user') =>
      studio.db.updateTable('principal').set({ kind }).where('id', '=', principalId).execute()
    try {
      await kindOf('user')
      studio.authenticator.forget()
      await refusedWith('AccessDeniedException', 'NOT_ALLOWED', 'ListStudios', {})
    } finally {
      await kindOf('account')
      studio.authenticator.forget()
    }

    for (let i = 0; i <= changes; i++) {
      const { body } = await studio.ask('StartStreamingSession', one, studio.keys[client])
      if (body.code === 'ThrottlingException') break
    }
    await refusedWith('ThrottlingException', 'TOO_MANY_REQUESTS', 'StartStreamingSession', one)
    assert.deepEqual([...seen].sort(), Object.keys(modelledErrors).sort())
  })
}

for (const client of clientNames)
  describe(`conformance of ${client}`, () => {
    testExceptions(client)
  })
