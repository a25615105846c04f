import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { StreamingInstanceType, StreamingSession } from '../contract/types.ts'
import { usable } from '../lifecycle/resource.ts'
import { me } from './account.ts'
import { api, clientToken, everyPage } from './api.ts'
import { isBusy, isShown } from './workstation.ts'

export const useMe = () => useQuery({ queryKey: ['me'], queryFn: me, staleTime: 60_000 })

export const useProfiles = (studioId: string, principalId: string) =>
  useQuery({
    queryKey: ['profiles', studioId, principalId],
    queryFn: () =>
      everyPage(
        nextToken => api.listLaunchProfiles({ studioId, principalId, states: usable, nextToken }),
        page => page.launchProfiles,
      ),
    refetchInterval: 30_000,
  })

/** Images by id, asked for only where there is a choice between several. */
export const useImages = (studioId: string, launchProfileId: string, enabled: boolean) =>
  useQuery({
    queryKey: ['images', studioId, launchProfileId],
    queryFn: async () => (await api.getLaunchProfileDetails({ studioId, launchProfileId })).streamingImages ?? [],
    enabled,
    staleTime: 60_000,
  })

const sessionsKey = (studioId: string, ownedBy: string) => ['sessions', studioId, ownedBy]

/** The artist's workstations, the newest first. Looked at often while something happens; not at all in a hidden tab. */
export const useSessions = (studioId: string, ownedBy: string) =>
  useQuery({
    queryKey: sessionsKey(studioId, ownedBy),
    queryFn: async () => {
      const sessions = await everyPage(
        nextToken => api.listStreamingSessions({ studioId, ownedBy, nextToken }),
        page => page.sessions,
      )
      const now = new Date()
      return sessions.filter(session => isShown(session, now)).reverse()
    },
    refetchInterval: ({ state }) => (state.data?.some(isBusy) ? 300 : 5000),
  })

/** How its viewers' connections went in the last minutes, the newest first. Asked only of what can be looked at. */
export const useStatistics = (studioId: string, { sessionId = '', state }: StreamingSession) =>
  useQuery({
    queryKey: ['statistics', studioId, sessionId],
    queryFn: async () =>
      (await api.getStreamingSessionStatistics({ studioId, sessionId, lastMinutes: 2 })).streamingSessionStatistics,
    enabled: state === 'READY',
    refetchInterval: 30_000,
  })

export interface Launch {
  launchProfileId: string
  ec2InstanceType?: StreamingInstanceType | undefined
  streamingImageId?: string | undefined
}

export const useLaunch = (studioId: string, ownedBy: string) => {
  const queries = useQueryClient()
  const [token, renew] = useToken()
  return useMutation({
    mutationFn: async (launch: Launch) =>
      (await api.createStreamingSession({ studioId, ownedBy, clientToken: token, ...launch })).session,
    onSuccess: session => remember(queries, studioId, ownedBy, session),
    onSettled: renew,
  })
}

/** Asks a verb of a session; what it has become is shown at once, and followed from there. */
export const useAsk = (studioId: string, ownedBy: string, { sessionId = '' }: StreamingSession) => {
  const queries = useQueryClient()
  const [clientToken, renew] = useToken()
  return useMutation({
    mutationFn: async (verb: 'start' | 'stop' | 'delete') => {
      const input = { studioId, sessionId, clientToken }
      if (verb === 'start') return (await api.startStreamingSession(input)).session
      if (verb === 'stop') return (await api.stopStreamingSession(input)).session
      return (await api.deleteStreamingSession(input)).session
    },
    onSuccess: session => remember(queries, studioId, ownedBy, session),
    // Whoever was refused saw something old.
    onError: () => queries.invalidateQueries({ queryKey: sessionsKey(studioId, ownedBy) }),
    onSettled: renew,
  })
}

/** One client token until the server has answered: a double click, or a request sent twice, has one effect. */
const useToken = (): [token: string, renew: () => void] => {
  const [token, setToken] = useState(clientToken)
  return [token, () => setToken(clientToken())]
}

const remember = async (
  queries: QueryClient,
  studioId: string,
  ownedBy: string,
  session: StreamingSession | undefined,
) => {
  if (!session) return
  const queryKey = sessionsKey(studioId, ownedBy)
  // A list that is on its way was written before the change, and would take it back.
  await queries.cancelQueries({ queryKey })
  queries.setQueryData<StreamingSession[]>(queryKey, (known = []) => {
    const others = known.filter(({ sessionId }) => sessionId !== session.sessionId)
    return others.length === known.length
      ? [session, ...known]
      : known.map(one => (one.sessionId === session.sessionId ? session : one))
  })
}
