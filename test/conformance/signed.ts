/** A server that is asked who sends a request, and requests that two signers have signed. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { type Signer, signers, type Wish } from '../../src/access/signers.ts'
import { ApiError } from '../../src/contract/errors.ts'
import type { Incoming } from '../../src/contract/http.ts'
import { services } from '../../src/contract/model.ts'
import { createHttpStudio, type HttpStudio } from '../http-studio.ts'

export const wishes: Record<string, Wish> = {
  'a request with a body': {
    method: 'POST',
    rawPath: '/2020-08-01/studios/us-west-2%3Astid-abcdefgh12345678/streaming-sessions',
    query: {},
    headers: { 'content-type': 'application/json', 'x-amz-client-token': 'token-1' },
    body: '{"launchProfileId":"x","tags":{"show":"Ödland"}}',
  },
  'a request with a query': {
    method: 'GET',
    rawPath: '/2020-08-01/studios/us-west-2%3Astid-abcdefgh12345678/launch-profiles',
    query: { states: ['READY', 'DELETED'], 'principal-Id': ['me & you'], principalId: ['~*\u20ac'], nextToken: [''] },
    headers: { 'x-amz-user-agent': 'aws-sdk-js/3.523.0' },
    body: '',
  },
}

export type Verdict =
  | 'accepted'
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException'

export const incomplete = 'IncompleteSignatureException'
export const invalid = 'InvalidSignatureException'
export const unknown = 'UnrecognizedClientException'

/** For the tests of one file. */
export const askedWho = () => {
  let studio: HttpStudio
  before(async () => {
    studio = await createHttpStudio()
  })
  after(() => studio.close())

  /** What the server says of who sends the request. */
  const verdictOn = async (request: Incoming): Promise<Verdict> => {
    try {
      const { principalId } = await studio.authenticator.authenticate(request, { service: 'nimble', isReadOnly: true })
      assert.equal(principalId, studio.account.principalId)
      return 'accepted'
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      assert.ok(!error.message.includes(studio.account.secretAccessKey), error.message)
      assert.doesNotMatch(error.message, /[0-9a-f]{64}/)
      return error.name as Verdict
    }
  }

  const sign = (signer: Signer, wish: Wish): Promise<Incoming> => {
    const { installation, account, clock, origin } = studio
    const place = { region: installation.region, service: services.nimble.signingName, host: new URL(origin).host }
    const { accessKeyId, secretAccessKey } = account
    return signer(wish, { ...place, accessKeyId, secretAccessKey, now: clock.now() })
  }

  /** Checks each request, and tells all that went otherwise. */
  const assertEach = async (requests: Iterable<readonly [what: string, request: Incoming, ...may: Verdict[]]>) => {
    const wrong: string[] = []
    let count = 0
    for (const [what, request, ...may] of requests) {
      count++
      const verdict = await verdictOn(request)
      if (!may.includes(verdict)) wrong.push(`${what}: ${verdict}`)
    }
    assert.ok(count > 0, 'nothing was asked')
    assert.deepEqual(wrong, [])
  }

  return { verdictOn, sign, assertEach }
}

/** Each request that each signer has signed. */
export const signings = Object.entries(signers).flatMap(([signerName, signer]) =>
  Object.entries(wishes).map(([wishName, wish]) => ({ what: `${wishName}, signed by ${signerName}`, signer, wish })),
)
