import { invalid, malformed, refusal } from './errors.ts'
import { headerValues, type Incoming } from './http.ts'
import { type Member, operationOf, type Shape, shapeOf, structureOf } from './model.ts'
import type { Route } from './routes.ts'
import type { Input, OperationName } from './types.ts'

/** Members that are one string but stand for many, so that a repeated query key adds to them (decision 9). */
const commaJoined = new Set(['sessionIds'])

/**
 * The input of an operation out of its parts of the request. Only what the model knows is taken over; a wrong JSON
 * type is a SerializationException. Constraints are `validate`'s business.
 */
export const decode = <Name extends OperationName>(
  request: Incoming,
  { operation, labels }: Route & { operation: Name },
): Input<Name> => {
  const structure = structureOf(operationOf(operation).input.shape)
  const query = parseQuery(request.rawQuery)
  const inBody = Object.entries(structure.members).filter(([, member]) => !member.location)
  const body = inBody.length > 0 ? parseBody(request) : {}
  const input: Record<string, unknown> = {}
  const set = (name: string, value: unknown) => {
    if (value !== undefined) input[name] = value
  }
  for (const [name, member] of Object.entries(structure.members)) {
    const key = member.locationName ?? name
    if (member.location === 'uri') set(name, labels[key])
    else if (member.location === 'querystring') set(name, fromQuery(query.get(key), name, member))
    else if (member.location === 'header') set(name, onlyOne(headerValues(request, key.toLowerCase()), key))
    else set(name, fromJson(body[name], member.shape, `/${name}`))
  }
  return input as Input<Name>
}

/** A value of the model out of parsed JSON. `null` is absent; `path` says where, for the caller. */
export const fromJson = (value: unknown, shapeName: string, path: string): unknown => {
  if (value === undefined || value === null) return undefined
  const shape = shapeOf(shapeName)
  switch (shape.type) {
    case 'structure':
      return structureFromJson(objectAt(value, path), shape, path)
    case 'list':
      if (!Array.isArray(value)) throw wrongType(path, 'an array')
      return value.map((item, i) => present(fromJson(item, shape.member.shape, `${path}/${i}`), `${path}/${i}`))
    case 'map':
      // The keys are the caller's own text, so no answer repeats them.
      return Object.fromEntries(
        Object.entries(objectAt(value, path)).map(([key, item]) => [
          key,
          present(fromJson(item, shape.value.shape, `${path}/value`), `${path}/value`),
        ]),
      )
    case 'string':
      // Half a surrogate pair is no text: it would come back as something else than was sent.
      if (typeof value !== 'string' || !value.isWellFormed()) throw wrongType(path, 'a string')
      return value
    case 'integer':
      if (!Number.isInteger(value) || Math.abs(value as number) > 0x7fffffff) throw wrongType(path, 'a 32-bit integer')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(path, 'true or false')
      return value
    case 'timestamp':
      return timestamp(value, path)
  }
}

const structureFromJson = (source: Record<string, unknown>, shape: Shape & { type: 'structure' }, path: string) => {
  const result: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(shape.members)) {
    const value = Object.hasOwn(source, name) ? fromJson(source[name], member.shape, `${path}/${name}`) : undefined
    if (value !== undefined) result[name] = value
  }
  if (!shape.union) return result
  const members = Object.keys(result).length
  if (members > 1) throw malformed(`The union at '${path}' has ${members} members set; it takes one.`)
  // An update of the original service's own tools may send an empty union for "no change".
  return members === 1 ? result : undefined
}

const timestamp = (value: unknown, path: string): Date => {
  const time = typeof value === 'string' ? new Date(value) : undefined
  if (!time || Number.isNaN(time.getTime())) throw wrongType(path, 'a date-time such as 2026-01-31T12:00:00Z')
  return time
}

const objectAt = (value: unknown, path: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(path, 'an object')
  return value as Record<string, unknown>
}

const present = (value: unknown, path: string): unknown => {
  if (value === undefined) throw malformed(`The value at '${path}' must not be null.`)
  return value
}

const wrongType = (path: string, expected: string) => malformed(`The value at '${path}' must be ${expected}.`)

const onlyOne = (values: string[] | undefined, key: string): string | undefined => {
  if (values && values.length > 1) throw invalid('REPEATED_PARAMETER', `${key} is given ${values.length} times.`)
  return values?.[0]
}

const fromQuery = (values: string[] | undefined, name: string, member: Member): unknown => {
  if (!values) return undefined
  const shape = shapeOf(member.shape)
  if (shape.type === 'list') return values
  const value = commaJoined.has(name) ? values.join(',') : onlyOne(values, name)
  if (shape.type !== 'integer' || value === undefined) return value
  if (!/^-?\d{1,10}$/.test(value)) throw wrongType(`/${name}`, 'an integer')
  return fromJson(Number(value), member.shape, `/${name}`)
}

const parseQuery = (rawQuery: string): Map<string, string[]> => {
  const query = new Map<string, string[]>()
  if (rawQuery === '') return query
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue
    const [key = '', ...rest] = pair.split('=')
    const name = decodeQuery(key)
    const values = query.get(name) ?? []
    values.push(decodeQuery(rest.join('=')))
    query.set(name, values)
  }
  return query
}

const decodeQuery = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed('The query string is not well-formed percent-encoded UTF-8.')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const parseBody = (request: Incoming): Record<string, unknown> => {
  if (request.body.length === 0) return {}
  const type = onlyOne(headerValues(request, 'content-type'), 'Content-Type')
  if (!type || !/^application\/(x-amz-json-1\.1|json)\s*(;|$)/i.test(type))
    throw refusal(
      'UnsupportedMediaTypeException',
      'WRONG_CONTENT_TYPE',
      'The body must be sent as Content-Type: application/json.',
    )
  const text = textOf(request.body)
  if (nestsTooDeep(text)) throw malformed(`The body has more than ${deepest} values in one another.`)
  const body = jsonOf(text)
  if (repeatsKey(text)) throw malformed('An object in the body has a key twice.')
  return objectAt(body, '/')
}

const textOf = (body: Uint8Array): string => {
  try {
    return utf8.decode(body)
  } catch {
    throw notJson()
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw notJson()
  }
}

const notJson = () => malformed('The body is not JSON in UTF-8.')

/** What the contract knows is not a tenth as deep. A megabyte of braces takes the parser longer than all else that is refused. */
const deepest = 100

/** Of any text, before it is parsed. */
const nestsTooDeep = (text: string): boolean => {
  let depth = 0
  for (let at = 0; at < text.length; at++)
    switch (text[at]) {
      case '"':
        at = endOfString(text, at)
        break
      case '{':
      case '[':
        if (++depth > deepest) return true
        break
      case '}':
      case ']':
        depth--
    }
  return false
}

/**
 * Whether an object in well-formed JSON has a key twice. Readers of JSON disagree on which of the two counts, so that
 * what one of them has checked would not be what another carries out. It goes over the text once, and keeps a set of keys
 * only where there are two: what is refused is refused in milliseconds, a megabyte too.
 */
export const repeatsKey = (json: string): boolean => {
  /** Of each array and object that is open: the keys so far. */
  const open: (undefined | string | Set<string>)[] = []
  let string = { from: 0, to: 0 }
  for (let at = 0; at < json.length; at++)
    switch (json[at]) {
      case '"':
        string = { from: at, to: endOfString(json, at) }
        at = string.to
        break
      case '{':
      case '[':
        open.push(undefined)
        break
      case '}':
      case ']':
        open.pop()
        break
      case ':': {
        const text = json.slice(string.from + 1, string.to)
        const key: string = text.includes('\\') ? JSON.parse(`"${text}"`) : text
        const keys = open.at(-1)
        if (keys instanceof Set ? keys.has(key) : keys === key) return true
        if (keys instanceof Set) keys.add(key)
        else open[open.length - 1] = keys === undefined ? key : new Set([keys, key])
      }
    }
  return false
}

/** Where a string ends that begins there: at its last quotation mark, or with the text. */
const endOfString = (json: string, from: number): number => {
  let at = from + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
