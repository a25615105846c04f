/** The studio API, called as any script would call it, but with the portal's cookie in place of a signature. */
import { createClient } from '../contract/client.ts'
import { newId } from '../contract/ids.ts'
import { portalHeaders } from './account.ts'

export const api = createClient({ endpoint: '', authorize: () => portalHeaders, timeoutMs: 20_000 })

/** A token of its own for each press of a button: a request that the network repeats has one effect. */
export const clientToken = (): string => newId(Date.now())

/** All items of a list, page after page. */
export const everyPage = async <Page extends { nextToken?: string | undefined }, Item>(
  page: (nextToken: string | undefined) => Promise<Page>,
  items: (page: Page) => Item[] | undefined,
): Promise<Item[]> => {
  const all: Item[] = []
  let nextToken: string | undefined
  do {
    const next = await page(nextToken)
    all.push(...(items(next) ?? []))
    nextToken = next.nextToken
  } while (nextToken)
  return all
}

/** Goes to the desktop of a session that is ready. The address works once, so this tab is the one to use it. */
export const openDesktop = async (studioId: string, sessionId: string): Promise<void> => {
  let { stream } = await api.createStreamingSessionStream({ studioId, sessionId, clientToken: clientToken() })
  for (const giveUpAt = Date.now() + 30_000; stream?.state === 'CREATE_IN_PROGRESS' && Date.now() < giveUpAt; ) {
    await new Promise(resolve => setTimeout(resolve, 200))
    const { streamId = '' } = stream
    stream = (await api.getStreamingSessionStream({ studioId, sessionId, streamId })).stream
  }
  if (stream?.state !== 'READY' || !stream.url) throw new Error('The connection to the desktop could not be prepared.')
  const url = new URL(stream.url)
  if (!/^https?:$/.test(url.protocol)) throw new Error('The address of the desktop is not a web address.')
  location.assign(url)
}
