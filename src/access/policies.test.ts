import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compilePolicy, decide, PolicyError, type Question } from './policies.ts'

const me = `\${nimble:requesterPrincipalId}`
const arn = (rest: string) => `arn:aws:nimble:us-west-2:000000000000:${rest}`

const statement = (members: object) => ({ Effect: 'Allow', Action: 'nimble:*', Resource: '*', ...members })
const policy = (...statements: object[]) =>
  compilePolicy({ Version: '2012-10-17', Statement: statements.map(statement) })

const question = (members: Partial<Question> = {}): Question => ({
  action: 'nimble:GetStreamingSession',
  resource: arn('streaming-session/s1'),
  facts: { 'nimble:requesterPrincipalId': 'ada', 'nimble:ownedBy': 'ada' },
  ...members,
})

describe('a decision', () => {
  it('is silent where no statement speaks', () => {
    assert.equal(decide([], question()), 'silent')
    assert.equal(decide([policy({ Action: 'nimble:ListStudios' })], question()), 'silent')
    assert.equal(decide([policy({ Action: 's3:*' })], question()), 'silent')
  })

  it('is a denial where any policy denies, in whatever order', () => {
    const allow = policy({})
    const deny = policy({ Effect: 'Deny', Action: 'nimble:Get*' })
    assert.equal(decide([allow], question()), 'allow')
    assert.equal(decide([allow, deny], question()), 'deny')
    assert.equal(decide([deny, allow], question()), 'deny')
    assert.equal(decide([policy({}, { Effect: 'Deny' })], question()), 'deny')
    assert.equal(decide([allow, deny], question({ action: 'nimble:ListStudios' })), 'allow')
  })

  it('takes actions in any case and with wildcards, and resources exactly', () => {
    const isAllowed = (Action: unknown, Resource: unknown) =>
      decide([policy({ Action, Resource })], question()) === 'allow'
    assert.ok(isAllowed('*', '*'))
    assert.ok(isAllowed('NIMBLE:getstreamingsession', '*'))
    assert.ok(isAllowed(['nimble:List*', 'nimble:Get*Session'], '*'))
    assert.ok(isAllowed('nimble:?etStreamingSession', '*'))
    assert.ok(!isAllowed('nimble:GetStreamingSessionStream', '*'))
    assert.ok(isAllowed('*', arn('streaming-session/*')))
    assert.ok(isAllowed('*', ['arn:aws:nimble:*:*:studio/x', arn('streaming-session/s?')]))
    assert.ok(!isAllowed('*', arn('Streaming-Session/*')))
    assert.ok(!isAllowed('*', arn('streaming-session/s')))
  })

  it('needs every condition, and one value of each', () => {
    const own = policy({ Condition: { StringEquals: { 'nimble:ownedBy': me } } })
    assert.equal(decide([own], question()), 'allow')
    const owner = (ownedBy?: string) =>
      question({ facts: { 'nimble:requesterPrincipalId': 'ada', 'nimble:ownedBy': ownedBy } })
    assert.equal(decide([own], owner('bob')), 'silent')
    assert.equal(decide([own], owner('Ada')), 'silent')
    assert.equal(decide([own], owner(undefined)), 'silent')
    const either = policy({
      Condition: {
        StringLike: { 'nimble:ownedBy': ['b*', 'a?a'], 'nimble:requesterPrincipalId': 'a*' },
        StringEquals: { 'nimble:requesterPrincipalId': 'ada' },
      },
    })
    assert.equal(decide([either], question()), 'allow')
    assert.equal(decide([either], owner('bob')), 'allow')
    assert.equal(decide([either], owner('cleo')), 'silent')
  })

  it('takes no absent fact for equal to another absent fact', () => {
    const own = policy({ Condition: { StringEquals: { 'nimble:ownedBy': me } } })
    assert.equal(decide([own], question({ facts: {} })), 'silent')
    assert.equal(decide([own], question({ facts: { 'nimble:ownedBy': '' } })), 'silent')
    const deny = policy({ Effect: 'Deny', Condition: { StringLike: { 'nimble:ownedBy': '*' } } })
    assert.equal(decide([deny], question({ facts: {} })), 'silent')
  })

  it('reads no wildcard into StringEquals, nor into the name of a caller', () => {
    const star = policy({ Condition: { StringEquals: { 'nimble:ownedBy': '*' } } })
    assert.equal(decide([star], question()), 'silent')
    const like = policy({ Condition: { StringLike: { 'nimble:ownedBy': me } } })
    const facts = { 'nimble:requesterPrincipalId': '*', 'nimble:ownedBy': 'bob' }
    assert.equal(decide([like], question({ facts })), 'silent')
    const resource = policy({ Resource: arn(`streaming-session/${me}`) })
    assert.equal(decide([resource], question({ facts })), 'silent')
  })

  it('of several values needs all to allow, and one to deny', () => {
    const tags = (...keys: string[]) => question({ facts: { 'aws:TagKeys': keys } })
    const allow = policy({ Condition: { StringEquals: { 'aws:TagKeys': ['show', 'shot'] } } })
    assert.equal(decide([allow], tags('show', 'shot')), 'allow')
    assert.equal(decide([allow], tags('show', 'cost')), 'silent')
    assert.equal(decide([allow], tags()), 'silent')
    const deny = policy({}, { Effect: 'Deny', Condition: { StringEquals: { 'aws:TagKeys': 'cost' } } })
    assert.equal(decide([deny], tags('show', 'cost')), 'deny')
    assert.equal(decide([deny], tags('show')), 'allow')
  })

  it('knows tags by their exact key, and keys of conditions in any case', () => {
    const tagged = policy({ Condition: { StringEquals: { 'AWS:resourcetag/Show': 'dune' } } })
    assert.equal(decide([tagged], question({ facts: { 'aws:ResourceTag/Show': 'dune' } })), 'allow')
    assert.equal(decide([tagged], question({ facts: { 'aws:ResourceTag/show': 'dune' } })), 'silent')
  })

  it('is a denial, and a quick one, where a value is longer than any id', () => {
    const hostile = Array.from({ length: 99 }, () => ({ Effect: 'Deny', Resource: `arn:*${'?a'.repeat(240)}b*` }))
    const slow = policy({}, ...hostile)
    const ask = (resource: string, fact = '') =>
      decide([slow], question({ resource, facts: { 'aws:TagKeys': [fact] } }))
    assert.equal(ask(`arn:${'a'.repeat(2045)}`), 'deny')
    assert.equal(ask('arn:', 'a'.repeat(2049)), 'deny')
    const start = process.threadCpuUsage()
    assert.equal(ask(`arn:${'a'.repeat(2044)}`), 'allow')
    const ms = process.threadCpuUsage(start).user / 1000
    assert.ok(ms < 2000, `99 hostile statements took ${ms} ms of the processor`)
  })

  it('never allows without a statement that allows', () => {
    const text = fc.constantFrom('*', 'nimble:*', 'nimble:Get*', 'nimble:ListStudios')
    const resource = fc.constantFrom('*', arn('*'), arn('studio/x'))
    const statements = fc.array(
      fc.record({ Effect: fc.constantFrom('Allow', 'Deny'), Action: text, Resource: resource }),
      { minLength: 1, maxLength: 5 },
    )
    fc.assert(
      fc.property(statements, members => {
        const answer = decide([policy(...members)], question())
        const speaking = members.filter(one => one.Action !== 'nimble:ListStudios' && one.Resource !== arn('studio/x'))
        const expected = speaking.some(one => one.Effect === 'Deny') ? 'deny' : speaking.length > 0 ? 'allow' : 'silent'
        return answer === expected
      }),
    )
  })
})

describe('a document outside the subset', () => {
  const document = (members: object) => ({ Version: '2012-10-17', Statement: [statement(members)] })
  const refused: Record<string, [document: unknown, says: RegExp]> = {
    'that is no object': ['{}', /^the policy must be an object/],
    'that is null': [null, /^the policy must be an object/],
    'that is a list': [[], /^the policy must be an object/],
    'without a version': [{ Statement: [statement({})] }, /^Version must be "2012-10-17"/],
    'of the old version, where variables mean themselves': [{ Version: '2008-10-17', Statement: [] }, /^Version/],
    'without statements': [{ Version: '2012-10-17', Statement: [] }, /^Statement must have from 1/],
    'with a member of its own': [{ ...document({}), Id: 'x' }, /must not have "Id"/],
    'with a prototype for a member': [
      JSON.parse('{"Version":"2012-10-17","Statement":{"__proto__":{}}}'),
      /^Statement must not have "__proto__"/,
    ],
    'with Principal': [document({ Principal: '*' }), /^Statement\[0\] must not have "Principal"/],
    'with NotAction': [document({ NotAction: 'x' }), /^Statement\[0\] must not have "NotAction"/],
    'with NotResource': [document({ NotResource: '*' }), /^Statement\[0\] must not have "NotResource"/],
    'with another effect': [document({ Effect: 'allow' }), /^Statement\[0\]\.Effect must be/],
    'with a Sid that is no word': [document({ Sid: 'a b' }), /^Statement\[0\]\.Sid/],
    'without an action': [document({ Action: undefined }), /^Statement\[0\]\.Action must be a text/],
    'with no actions': [document({ Action: [] }), /^Statement\[0\]\.Action must have from 1/],
    'with an action that is a number': [
      document({ Action: ['nimble:*', 7] }),
      /^Statement\[0\]\.Action\[1\] must be a text/,
    ],
    'with an action of no service': [document({ Action: 'Get*' }), /^Statement\[0\]\.Action must be "\*" or a service/],
    'with a variable in an action': [document({ Action: `nimble:${me}` }), /^Statement\[0\]\.Action/],
    'with a resource that is no ARN': [
      document({ Resource: 'studio/x' }),
      /^Statement\[0\]\.Resource must be "\*" or an ARN/,
    ],
    'with a variable nobody knows': [
      document({ Resource: `arn:\${aws:username}` }),
      /^Statement\[0\]\.Resource cannot be read: .*aws:username/,
    ],
    'with a variable of many values': [
      document({ Resource: `arn:\${aws:TagKeys}` }),
      /^Statement\[0\]\.Resource cannot be read/,
    ],
    'with a default for a variable': [
      document({ Resource: `arn:\${nimble:ownedBy, 'x'}` }),
      /^Statement\[0\]\.Resource cannot be read/,
    ],
    'with an open variable': [document({ Resource: `arn:\${nimble:ownedBy` }), /closing brace/],
    'with no conditions': [document({ Condition: {} }), /^Statement\[0\]\.Condition must not be empty/],
    'with another operator': [
      document({ Condition: { StringNotEquals: { 'nimble:ownedBy': 'x' } } }),
      /^Statement\[0\]\.Condition must not have "StringNotEquals"/,
    ],
    'with IfExists': [document({ Condition: { StringEqualsIfExists: { 'nimble:ownedBy': 'x' } } }), /IfExists/],
    'with a set operator': [
      document({ Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'x' } } }),
      /ForAllValues/,
    ],
    'with another condition key': [
      document({ Condition: { StringEquals: { 'aws:SourceIp': 'x' } } }),
      /^Statement\[0\]\.Condition\.StringEquals\.aws:SourceIp is not a condition key/,
    ],
    'with a tag condition without a tag': [
      document({ Condition: { StringEquals: { 'aws:ResourceTag/': 'x' } } }),
      /is not a condition key/,
    ],
    'with a condition on nothing': [
      document({ Condition: { StringEquals: { 'nimble:ownedBy': [] } } }),
      /must have from 1/,
    ],
    'with a condition on true': [
      document({ Condition: { StringEquals: { 'nimble:ownedBy': true } } }),
      /must be a text/,
    ],
    'that is too long': [document({ Resource: `arn:${'x'.repeat(600)}` }), /1 to 512 characters/],
    'with too many statements': [{ Version: '2012-10-17', Statement: Array(101).fill(statement({})) }, /from 1 to 100/],
  }
  for (const [name, [bad, says]] of Object.entries(refused))
    it(`${name} is refused`, () => assert.throws(() => compilePolicy(bad), { name: 'PolicyError', message: says }))

  it('is refused with a PolicyError, and nothing else, whatever it is', () => {
    const names = ['Version', 'Statement', 'Effect', 'Action', 'Resource', 'Condition', 'StringLike', 'nimble:ownedBy']
    const anything = fc.anything({
      key: fc.constantFrom(...names),
      values: [fc.constantFrom('2012-10-17', 'Allow', '*', '${', 'arn:*')],
    })
    fc.assert(
      fc.property(anything, document => {
        try {
          compilePolicy(document)
        } catch (error) {
          assert.ok(error instanceof PolicyError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('may be one statement without a list, with an id', () => {
    const { statements } = compilePolicy({ Version: '2012-10-17', Statement: statement({ Sid: 'All1' }) })
    assert.equal(statements.length, 1)
  })
})
