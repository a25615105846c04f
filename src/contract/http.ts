/** A request as it came over the wire. Nothing is decoded or normalised, because a signature covers these bytes. */
export interface Incoming {
  method: string
  /** The path before `?`, percent-encoding as sent. */
  rawPath: string
  /** What follows the first `?`, or the empty string. */
  rawQuery: string
  /** Name, value, name, value … in the order sent, names in the case sent (as `IncomingMessage.rawHeaders`). */
  rawHeaders: readonly string[]
  body: Uint8Array
}

export interface Outgoing {
  status: number
  headers: Record<string, string>
  body: readonly Json[]
}

/** A piece of JSON: text, or the UTF-8 of it. */
export type Json = string | Uint8Array

/** The body as one text. */
export const textOf = ({ body }: Outgoing): string =>
  body.map(piece => (typeof piece === 'string' ? piece : Buffer.from(piece).toString())).join('')

/** The values of one header, in the order sent. */
export const headerValues = (request: Pick<Incoming, 'rawHeaders'>, name: string): string[] => {
  const values: string[] = []
  for (let i = 0; i < request.rawHeaders.length; i += 2)
    if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? '')
  return values
}
