/**
 * Policies: IAM's JSON documents, a subset of them (decision 22). A document outside the subset is refused when it is
 * compiled, and never half understood: a condition that was overlooked would allow too much.
 */
import { repeatsKey } from '../contract/decode.ts'
import { compilePattern, factsOf, matches, type Pattern } from './wildcards.ts'

/** A document that is refused. `path` names the place in it, such as `Statement[1].Condition.StringEquals`. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly path: string
  constructor(path: string, problem: string) {
    super(`${path || 'the policy'} ${problem}`)
    this.path = path
  }
}

/** How documents of our own are written. What users bring is `unknown` until it is compiled. */
export interface PolicyDocument {
  Version: '2012-10-17'
  Statement: readonly {
    Sid?: string
    Effect: 'Allow' | 'Deny'
    Action: string | readonly string[]
    Resource: string | readonly string[]
    Condition?: Partial<Record<Operator, Record<string, string | readonly string[]>>>
  }[]
}

export interface Policy {
  statements: readonly Statement[]
  /** What it has to be told of the stored resource, by conditions and variables: what nobody asks is not looked up. */
  asks: { tags: boolean; owner: boolean; studio: boolean }
}

interface Statement {
  effect: 'Allow' | 'Deny'
  /** In lower case, as IAM compares actions. */
  actions: ReadonlySet<string>
  actionPatterns: readonly Pattern[]
  resources: readonly Pattern[]
  conditions: readonly { key: string; values: readonly Pattern[] }[]
}

export interface Question {
  /** `nimble:StopStreamingSession` */
  action: string
  /** An ARN, or `*` where the action is on nothing in particular. */
  resource: string
  /** By condition key, spelled as in `conditionKeys`. Absent and empty facts match no condition. */
  facts: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** An explicit deny wins. Whoever reads `silent` refuses. */
export const decide = (policies: readonly Policy[], question: Question): 'allow' | 'deny' | 'silent' => {
  if (isTooLong(question)) return 'deny'
  const action = question.action.toLowerCase()
  let answer: 'allow' | 'silent' = 'silent'
  for (const { statements } of policies)
    for (const statement of statements) {
      if (answer === 'allow' && statement.effect === 'Allow') continue
      if (!applies(statement, action, question)) continue
      if (statement.effect === 'Deny') return 'deny'
      answer = 'allow'
    }
  return answer
}

/**
 * No id, ARN or tag comes near this. It bounds the time of a decision: a value is compared with a pattern in at most
 * the product of their lengths: 3 to 4 ms at the worst that both limits leave (measured).
 */
const longestValue = 2048

const isTooLong = ({ resource, facts }: Question): boolean => {
  if (resource.length > longestValue) return true
  for (const key in facts) {
    const fact = facts[key]
    if (typeof fact === 'string' ? fact.length > longestValue : fact?.some(value => value.length > longestValue))
      return true
  }
  return false
}

const applies = (statement: Statement, action: string, { resource, facts }: Question): boolean => {
  const factOf = (key: string): string | undefined => {
    const fact = facts[key]
    return typeof fact === 'string' ? fact : undefined
  }
  const matchesOne = (patterns: readonly Pattern[], value: string): boolean =>
    patterns.some(pattern => matches(pattern, value, factOf))

  if (!statement.actions.has(action) && !matchesOne(statement.actionPatterns, action)) return false
  if (!matchesOne(statement.resources, resource)) return false
  return statement.conditions.every(({ key, values }) => {
    const fact = facts[key]
    if (typeof fact === 'string') return matchesOne(values, fact)
    if (fact === undefined || fact.length === 0) return false
    // Of several values, all must be allowed and one is enough to deny: in doubt the answer is no.
    return statement.effect === 'Allow'
      ? fact.every(value => matchesOne(values, value))
      : fact.some(value => matchesOne(values, value))
  })
}

/** Throws a PolicyError naming the first thing that is not in the subset. */
export const compilePolicy = (document: unknown): Policy => {
  const { Version, Statement } = readObject(document, '', ['Version', 'Statement'])
  if (Version !== '2012-10-17') throw new PolicyError('Version', 'must be "2012-10-17"')
  const many = Array.isArray(Statement)
  const statements = many ? Statement : [Statement]
  if (statements.length === 0 || statements.length > most.statements)
    throw new PolicyError('Statement', `must have from 1 to ${most.statements} statements`)
  const compiled = statements.map((one, i) => compileStatement(one, many ? `Statement[${i}]` : 'Statement'))
  const keys = new Set(compiled.flatMap(keysOf))
  return {
    statements: compiled,
    asks: {
      tags: [...keys].some(key => key.startsWith('aws:ResourceTag/')),
      owner: keys.has('nimble:ownedBy') || keys.has('nimble:createdBy'),
      studio: keys.has('nimble:studioId'),
    },
  }
}

/** The facts that a statement's conditions and variables name. */
const keysOf = ({ actionPatterns, resources, conditions }: Statement): string[] => [
  ...conditions.flatMap(({ key, values }) => [key, ...values.flatMap(factsOf)]),
  ...[...actionPatterns, ...resources].flatMap(factsOf),
]

/** A stored document. Throws a PolicyError where it is no JSON, or says a thing twice, of which one would be lost. */
export const readPolicy = (text: string): Policy => {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new PolicyError('', 'is not JSON')
  }
  if (repeatsKey(text)) throw new PolicyError('', 'has an object with the same key twice')
  return compilePolicy(document)
}

/** Far above what people write; below what would make a decision slow. */
const most = { statements: 100, values: 200, length: 512 }

const compileStatement = (document: unknown, path: string): Statement => {
  const { Sid, Effect, Action, Resource, Condition } = readObject(document, path, [
    'Sid',
    'Effect',
    'Action',
    'Resource',
    'Condition',
  ])
  if (Sid !== undefined && (typeof Sid !== 'string' || !/^[A-Za-z0-9]{0,128}$/.test(Sid)))
    throw new PolicyError(`${path}.Sid`, 'must be letters and digits')
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new PolicyError(`${path}.Effect`, 'must be "Allow" or "Deny"')

  const actions = readTexts(Action, `${path}.Action`)
  for (const { text, at } of actions)
    if (text !== '*' && !/^[a-z0-9-]+:[a-z0-9*?]+$/i.test(text))
      throw new PolicyError(at, 'must be "*" or a service and an action, such as "nimble:List*"')
  const resources = readTexts(Resource, `${path}.Resource`)
  for (const { text, at } of resources)
    if (text !== '*' && !text.startsWith('arn:')) throw new PolicyError(at, 'must be "*" or an ARN')

  const lower = actions.map(({ text, at }) => ({ text: text.toLowerCase(), at }))
  return {
    effect: Effect,
    actions: new Set(lower.map(({ text }) => text).filter(text => !/[*?]/.test(text))),
    actionPatterns: lower.filter(({ text }) => /[*?]/.test(text)).map(one => compileText(one, true)),
    resources: resources.map(one => compileText(one, true)),
    conditions: Condition === undefined ? [] : compileConditions(Condition, `${path}.Condition`),
  }
}

const operators = ['StringEquals', 'StringLike'] as const
type Operator = (typeof operators)[number]

const compileConditions = (document: unknown, path: string): Statement['conditions'] => {
  const byOperator = readObject(document, path, operators)
  return operators
    .filter(operator => byOperator[operator] !== undefined)
    .flatMap(operator =>
      Object.entries(readObject(byOperator[operator], `${path}.${operator}`)).map(([name, values]) => {
        const at = `${path}.${operator}.${name.slice(0, 160)}`
        const key = conditionKey(name)
        if (key === undefined) throw new PolicyError(at, 'is not a condition key of these policies')
        return { key, values: readTexts(values, at).map(one => compileText(one, operator === 'StringLike')) }
      }),
    )
}

/** The facts that a condition may ask for. Tags have the tag's key after a slash: `aws:ResourceTag/project`. */
export const conditionKeys = [
  'nimble:studioId',
  'nimble:requesterPrincipalId',
  'nimble:principalId',
  'nimble:createdBy',
  'nimble:ownedBy',
  'aws:TagKeys',
] as const

const tagKeys = ['aws:ResourceTag', 'aws:RequestTag'] as const

/** As it is spelled in facts; IAM takes names of keys in any case. The key of a tag is what it is. */
const conditionKey = (name: string): string | undefined => {
  const slash = name.indexOf('/')
  if (slash < 0) return conditionKeys.find(key => key.toLowerCase() === name.toLowerCase())
  const prefix = tagKeys.find(key => key.toLowerCase() === name.slice(0, slash).toLowerCase())
  return prefix && slash + 1 < name.length ? `${prefix}${name.slice(slash)}` : undefined
}

/** A variable stands for one value, so the list of tag keys cannot be one. */
const factNamed = (name: string): string | undefined => {
  const key = conditionKey(name)
  return key === 'aws:TagKeys' ? undefined : key
}

const compileText = ({ text, at }: { text: string; at: string }, wildcards: boolean): Pattern => {
  try {
    return compilePattern(text, { factNamed, wildcards })
  } catch (error) {
    if (error instanceof SyntaxError) throw new PolicyError(at, `cannot be read: ${error.message}`)
    throw error
  }
}

const readObject = (value: unknown, path: string, names?: readonly string[]): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PolicyError(path, 'must be an object')
  const keys = Object.keys(value)
  if (keys.length === 0) throw new PolicyError(path, 'must not be empty')
  if (keys.length > most.values) throw new PolicyError(path, `must have at most ${most.values} members`)
  const strange = names && keys.find(key => !names.includes(key))
  if (strange !== undefined)
    throw new PolicyError(path, `must not have ${JSON.stringify(strange.slice(0, 100))}, only ${names?.join(', ')}`)
  // Without a prototype, so that nothing is found in it that the document does not say.
  return Object.assign(Object.create(null), value)
}

const readTexts = (value: unknown, path: string): { text: string; at: string }[] => {
  const many = Array.isArray(value)
  const values: unknown[] = many ? value : [value]
  if (values.length === 0 || values.length > most.values)
    throw new PolicyError(path, `must have from 1 to ${most.values} values`)
  return values.map((text, i) => {
    const at = many ? `${path}[${i}]` : path
    if (typeof text !== 'string' || text === '' || text.length > most.length)
      throw new PolicyError(at, `must be a text of 1 to ${most.length} characters`)
    return { text, at }
  })
}
