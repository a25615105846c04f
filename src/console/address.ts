/**
 * The address of the page is where the portal keeps what it shows: `/studios/{studioName}` is a launcher,
 * `?launching={sessionId}` the workstation that is being waited for.
 */
import { useSyncExternalStore } from 'react'

export interface Address {
  page: 'launcher' | 'welcome'
  studioName?: string
  launching?: string
}

export const parseAddress = (pathname: string, search: string): Address => {
  if (pathname === '/welcome') return { page: 'welcome' }
  const studioName = /^\/studios\/([a-z0-9]{1,64})\/?$/.exec(pathname)?.[1]
  const launching = new URLSearchParams(search).get('launching')
  return { page: 'launcher', ...(studioName && { studioName }), ...(launching && { launching }) }
}

export const toAddress = ({ studioName, launching }: { studioName: string; launching?: string }): string =>
  `/studios/${studioName}${launching === undefined ? '' : `?${new URLSearchParams({ launching })}`}`

const changed = 'addresschange'

/** Goes to another address of the portal. `replace` leaves no entry behind in the history. */
export const go = (address: string, { replace = false } = {}): void => {
  history[replace ? 'replaceState' : 'pushState'](null, '', address)
  window.dispatchEvent(new Event(changed))
}

export const useAddress = (): Address => {
  const address = useSyncExternalStore(subscribe, () => `${location.pathname}${location.search}`)
  const [pathname = '', search = ''] = address.split(/(?=\?)/)
  return parseAddress(pathname, search)
}

const subscribe = (listener: () => void) => {
  for (const name of ['popstate', changed]) window.addEventListener(name, listener)
  return () => {
    for (const name of ['popstate', changed]) window.removeEventListener(name, listener)
  }
}
