/** Who is signed in to the portal, and how that changes. The sign-in itself is a cookie that scripts cannot read. */

export interface Account {
  principalId: string
  userName: string
  displayName: string
  tier: 'admin' | 'user'
  studios: { studioId: string; displayName: string; studioName: string }[]
}

/** A refusal of the portal. `retryAfterSeconds` is set when too much was tried. */
export class PortalError extends Error {
  override readonly name = 'PortalError'
  readonly status: number
  readonly retryAfterSeconds: number
  constructor(status: number, message: string, retryAfterSeconds = 0) {
    super(message)
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Another site's page cannot send this header with our cookie, so the server takes it as proof of where a call began. */
export const portalHeaders = { 'X-Atelier-Portal': '1' }

/** Who is signed in; null when nobody is. */
export const me = async (): Promise<Account | null> => {
  const response = await send('me')
  return response.status === 401 ? null : ((await accepted(response)).json() as Promise<Account>)
}

export const signIn = (input: { userName: string; password: string }) => post('sign-in', input)

/** Makes the first administrator. The code is the one that the server printed when it started for the first time. */
export const welcome = (input: { code: string; userName: string; displayName?: string; password: string }) =>
  post('welcome', input)

export const signOut = async (): Promise<void> => {
  await accepted(await send('sign-out', {}))
}

const post = async (path: string, body: object): Promise<Account> => (await accepted(await send(path, body))).json()

const send = (path: string, body?: object): Promise<Response> =>
  fetch(`/portal/${path}`, {
    headers: body ? { ...portalHeaders, 'Content-Type': 'application/json' } : portalHeaders,
    signal: AbortSignal.timeout(20_000),
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })

const accepted = async (response: Response): Promise<Response> => {
  if (response.ok) return response
  throw new PortalError(response.status, await messageOf(response), Number(response.headers.get('Retry-After')) || 0)
}

/** The sentence of a refusal; a proxy's page in its place is not shown. */
export const messageOf = async (response: Response): Promise<string> => {
  const fallback = `The server answered with status ${response.status}.`
  try {
    const body: { message?: unknown } = await response.json()
    return typeof body.message === 'string' ? body.message : fallback
  } catch {
    return fallback
  }
}

/** What to tell a person about something that went wrong on the way to the server or there. */
export const sentenceOf = (error: unknown): string => {
  if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError'))
    return 'The server cannot be reached. Check the network and try again.'
  return error instanceof Error ? error.message : String(error)
}

/** Whether the API refused because nobody is signed in (any more). */
export const isSignedOut = (error: unknown): boolean =>
  error instanceof Error && ['MissingAuthenticationTokenException', 'UnrecognizedClientException'].includes(error.name)
