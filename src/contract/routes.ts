import { malformed } from './errors.ts'
import { operations } from './model.ts'
import type { OperationName } from './types.ts'

export interface Route {
  operation: OperationName
  /** Decoded path labels by name, such as `studioId`. */
  labels: Record<string, string>
}

interface Template {
  operation: OperationName
  /** A literal segment, or the label that stands in its place. */
  segments: ({ literal: string } | { label: string })[]
}

const byMethodAndLength = new Map<string, Template[]>()
for (const { name, http } of Object.values(operations)) {
  const segments = http.requestUri
    .split('/')
    .map(part => (part.startsWith('{') ? { label: part.slice(1, -1) } : { literal: part }))
  const key = `${http.method} ${segments.length}`
  byMethodAndLength.set(key, [...(byMethodAndLength.get(key) ?? []), { operation: name as OperationName, segments }])
}

/**
 * The operation that a raw path names. Segments are split before they are decoded, so an encoded slash stays inside
 * its label, and nothing is normalised: `//` and `..` are segments like any other.
 */
export const route = (method: string, rawPath: string): Route | undefined => {
  const parts = rawPath.split('/')
  const template = byMethodAndLength
    .get(`${method} ${parts.length}`)
    ?.find(({ segments }) =>
      segments.every((segment, i) => ('literal' in segment ? segment.literal === parts[i] : parts[i] !== '')),
    )
  if (!template) return undefined
  const labels: Record<string, string> = {}
  for (const [i, segment] of template.segments.entries())
    if ('label' in segment) labels[segment.label] = decodeLabel(parts[i] ?? '', segment.label)
  return { operation: template.operation, labels }
}

/** The raw path of an operation with its labels filled in. */
export const pathOf = (requestUri: string, labels: Record<string, string>): string =>
  requestUri.replace(/\{(\w+)\}/g, (_, label: string) => encodeLabel(labels[label] ?? ''))

/** Percent-encodes all but RFC 3986's unreserved characters, as every AWS client does. */
export const encodeLabel = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const decodeLabel = (text: string, label: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed(`The path segment ${label} is not well-formed percent-encoded UTF-8.`)
  }
}
