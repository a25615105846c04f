/** The services beside `nimble`, asked by Debian's boto3 and AWS CLI as they are. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ownIdentityStore } from '../src/store/members.ts'
import { runProgram } from './clients/environment.ts'
import { createHttpStudio, type HttpStudio } from './http-studio.ts'
import type { TestPrincipal } from './principals.ts'
import { ownEnvironment } from './server.ts'
import { realClock } from './studio.ts'

interface Said {
  identity: { Account: string; Arn: string; UserId: string }
  users: string[]
  found: object[]
  described: object
  unknown: string
  refusals: Record<'absent' | 'otherStore' | 'badToken', { code: string; typed: boolean }>
}

const people = ['ada', 'emmy', 'grace', 'sofya', 'trotula']

let studio: HttpStudio
let ada: TestPrincipal
let home: string

before(async () => {
  studio = await createHttpStudio({ clock: realClock })
  home = mkdtempSync(join(tmpdir(), 'a-'))
  for (const name of people) {
    const person = await studio.add('user', name)
    if (name === 'ada') ada = person
  }
})
after(async () => {
  await studio.close()
  rmSync(home, { recursive: true, force: true })
})

const environment = (key: TestPrincipal) => ({
  ...ownEnvironment(),
  HOME: home,
  AWS_ACCESS_KEY_ID: key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  AWS_DEFAULT_REGION: 'us-west-2',
  AWS_ENDPOINT_URL_STS: studio.origin,
  AWS_MAX_ATTEMPTS: '1',
  AWS_PAGER: '',
})

const identityOf = ({ principalId }: TestPrincipal, userName: string) => ({
  Account: '000000000000',
  Arn: `arn:aws:iam::000000000000:user/${userName}`,
  UserId: principalId,
})

const user = () => ({
  UserName: 'ada',
  UserId: ada.principalId,
  DisplayName: 'ada',
  IdentityStoreId: ownIdentityStore,
})

describe('boto3', () => {
  let said: Said
  before(async () => {
    said = await runProgram<Said>(environment(studio.account), 'neighbours.py', { store: ownIdentityStore })
  })

  it('learns from STS who it is', () => assert.deepEqual(said.identity, identityOf(studio.account, 'scripts')))

  it('lists people in pages, finds one by name and describes him', () => {
    assert.deepEqual(said.users.filter(name => people.includes(name)).sort(), people)
    assert.ok(!said.users.includes('scripts'), 'an account is no person')
    assert.deepEqual(said.found, [user()])
    assert.deepEqual(said.described, user())
  })

  it('knows the refusals by their names', () => {
    assert.equal(said.unknown, 'InvalidClientTokenId')
    assert.deepEqual(said.refusals, {
      absent: { code: 'ResourceNotFoundException', typed: true },
      otherStore: { code: 'ResourceNotFoundException', typed: true },
      badToken: { code: 'ValidationException', typed: true },
    })
  })
})

describe('the AWS CLI', () => {
  const cli = (key: TestPrincipal, ...words: string[]) => {
    const options = ['--endpoint-url', studio.origin, '--output', 'json']
    return new Promise<object>((resolve, reject) =>
      execFile('/usr/bin/aws', [...words, ...options], { env: environment(key), timeout: 60_000 }, (error, output) =>
        error ? reject(error) : resolve(JSON.parse(output)),
      ),
    )
  }

  it('tells a person and an account who they are', async () => {
    assert.deepEqual(await cli(ada, 'sts', 'get-caller-identity'), identityOf(ada, 'ada'))
    assert.deepEqual(await cli(studio.account, 'sts', 'get-caller-identity'), identityOf(studio.account, 'scripts'))
  })

  it('describes a person to whom policies allow it, and to nobody else', async () => {
    const words = ['identitystore', 'describe-user', '--identity-store-id', ownIdentityStore, '--user-id']
    assert.deepEqual(await cli(studio.account, ...words, ada.principalId), user())
    await assert.rejects(cli(ada, ...words, ada.principalId), /AccessDeniedException/)
  })
})

describe('STS', () => {
  it('answers a GET as it answers a POST, and nothing unsigned', async () => {
    const request = {
      ...{ method: 'GET', rawPath: '/', headers: {}, body: '', service: 'sts' },
      rawQuery: 'Action=GetCallerIdentity&Version=2011-06-15',
    }
    const { status, text } = await studio.send(studio.signed(studio.account, request))
    assert.equal(status, 200)
    assert.match(text, new RegExp(`<UserId>${studio.account.principalId}</UserId>`))
    const unsigned = await studio.send(request)
    assert.equal(unsigned.status, 403)
    assert.match(unsigned.text, /<Code>MissingAuthenticationToken<\/Code>/)
    const wrongScope = await studio.send(studio.signed(studio.account, { ...request, service: 'nimble' }))
    assert.match(wrongScope.text, /<Code>SignatureDoesNotMatch<\/Code>/)
    const other = await studio.send(studio.signed(studio.account, { ...request, rawQuery: 'Action=AssumeRole' }))
    assert.match(other.text, /<Code>InvalidAction<\/Code>/)
  })
})
