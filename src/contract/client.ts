import { fromJson } from './decode.ts'
import { toJson } from './encode.ts'
import { ApiError } from './errors.ts'
import { type Operation, operations, type ServiceName, serviceOf, shapeOf, structureOf } from './model.ts'
import { encodeLabel, pathOf } from './routes.ts'
import type { OperationName, Operations } from './types.ts'

/** A method for each operation: `client.listStreamingSessions({ studioId })`. Refusals are thrown as ApiError. */
export type Client = {
  [Name in OperationName as Uncapitalize<Name>]: (
    input: Operations[Name]['input'],
  ) => Promise<Operations[Name]['output']>
}

export interface ClientRequest {
  /** The API that a signature is for. */
  service: ServiceName
  method: string
  rawPath: string
  rawQuery: string
  headers: Record<string, string>
  body: string
}

export interface ClientOptions {
  /** Scheme, host and port without a slash at the end; empty for the page's own origin. */
  endpoint: string
  /** Adds what proves who is calling: headers of a signature, or of the portal. */
  authorize: (request: ClientRequest) => Record<string, string>
  fetch?: typeof fetch
  timeoutMs?: number
}

export const createClient = (options: ClientOptions): Client =>
  Object.fromEntries(
    Object.values(operations).map(operation => [
      operation.name.charAt(0).toLowerCase() + operation.name.slice(1),
      (input: Record<string, unknown>) => send(options, operation, input),
    ]),
  ) as unknown as Client

const send = async (
  { endpoint, authorize, fetch = globalThis.fetch, timeoutMs = 30_000 }: ClientOptions,
  operation: Operation,
  input: Record<string, unknown>,
): Promise<unknown> => {
  const request = toRequest(operation, input)
  const response = await fetch(`${endpoint}${request.rawPath}${request.rawQuery && `?${request.rawQuery}`}`, {
    method: request.method,
    headers: { ...request.headers, ...authorize(request) },
    signal: AbortSignal.timeout(timeoutMs),
    ...(request.body === '' ? {} : { body: request.body }),
  })
  const text = await response.text()
  if (!response.ok) throw toError(response, text)
  return text === '' ? {} : fromJson(JSON.parse(text), operation.output.shape, '')
}

const toRequest = (
  { name: operation, http, input: target }: Operation,
  input: Record<string, unknown>,
): ClientRequest => {
  const labels: Record<string, string> = {}
  const query: string[] = []
  const headers: Record<string, string> = {}
  const body: string[] = []
  for (const [name, member] of Object.entries(structureOf(target.shape).members)) {
    const value = input[name]
    const key = member.locationName ?? name
    if (member.location === 'uri') labels[key] = label(name, value)
    else if (value === undefined) continue
    else if (member.location === 'querystring')
      for (const item of shapeOf(member.shape).type === 'list' ? (value as unknown[]) : [value])
        query.push(`${encodeLabel(key)}=${encodeLabel(String(item))}`)
    else if (member.location === 'header') headers[key.toLowerCase()] = String(value)
    else body.push(`"${name}":${toJson(value, member.shape)}`)
  }
  const hasBody = Object.values(structureOf(target.shape).members).some(member => !member.location)
  if (hasBody) headers['content-type'] = 'application/json'
  return {
    service: serviceOf(operation).signingName,
    method: http.method,
    rawPath: pathOf(http.requestUri, labels),
    rawQuery: query.join('&'),
    headers,
    body: hasBody ? `{${body.join(',')}}` : '',
  }
}

/** A dot or two would be taken for a step in the path by whatever sends the request. */
const label = (name: string, value: unknown): string => {
  if (typeof value !== 'string' || ['', '.', '..'].includes(value)) throw new TypeError(`${name} is no id`)
  return value
}

const toError = (response: Response, text: string): ApiError => {
  let body: { message?: string; context?: Record<string, string> } = {}
  try {
    body = JSON.parse(text)
  } catch {
    // Not from Atelier: a proxy's page, say. The status is all there is to tell.
  }
  return new ApiError(
    response.headers.get('x-amzn-errortype') ?? 'InternalServerErrorException',
    body.message ?? `The server answered with status ${response.status}.`,
    body.context ?? {},
  )
}
