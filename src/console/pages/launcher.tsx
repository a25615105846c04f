import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { LaunchProfile } from '../../contract/types.ts'
import { type Account, sentenceOf, signOut } from '../account.ts'
import { go, toAddress, useAddress } from '../address.ts'
import { useProfiles, useSessions } from '../queries.ts'
import { Button } from '../ui/button.tsx'
import { Logo } from '../ui/logo.tsx'
import { Loading, Notice } from '../ui/notice.tsx'
import { Launching } from './launching.tsx'
import { Profile } from './profile.tsx'
import { Workstation } from './workstation.tsx'

export default function Launcher({ account }: { account: Account }) {
  const { studioName } = useAddress()
  const studio = account.studios.find(one => one.studioName === studioName) ?? account.studios[0]
  useEffect(() => {
    document.title = studio ? `${studio.displayName} – Atelier` : 'Atelier'
    // The address says which studio is shown, also when it was not chosen but the only one.
    if (studio && studio.studioName !== studioName) go(toAddress({ studioName: studio.studioName }), { replace: true })
  }, [studio, studioName])
  return (
    <>
      <Header account={account} studioName={studio?.studioName} />
      <main className="page">
        {studio ? (
          <StudioPage key={studio.studioId} account={account} studio={studio} />
        ) : (
          <Empty title="You belong to no studio yet">
            Ask an administrator of your studio to share a launch profile with {account.userName}.
          </Empty>
        )}
      </main>
    </>
  )
}

const Header = ({ account, studioName }: { account: Account; studioName: string | undefined }) => {
  // A fresh page keeps nothing of who was here in memory.
  const leaving = useMutation({ mutationFn: signOut, onSuccess: () => location.assign('/') })
  const shown = account.studios.find(one => one.studioName === studioName)
  return (
    <header className="bar">
      <span className="brand">
        <Logo /> <span className="brand-name">Atelier</span>
      </span>
      {account.studios.length > 1 && studioName !== undefined ? (
        <select
          className="studio-name"
          aria-label="Studio"
          value={studioName}
          onChange={event => go(toAddress({ studioName: event.target.value }))}
          data-testid="studio"
        >
          {account.studios.map(one => (
            <option key={one.studioId} value={one.studioName}>
              {one.displayName}
            </option>
          ))}
        </select>
      ) : (
        <span className="studio-name">{shown?.displayName}</span>
      )}
      <button type="button" className="button quiet user" popoverTarget="user-menu" data-testid="user-menu">
        <span className="initial" aria-hidden="true">
          {(account.displayName || account.userName).slice(0, 1).toUpperCase()}
        </span>
        <span className="user-name">{account.displayName || account.userName}</span>
      </button>
      <div id="user-menu" className="menu" popover="auto">
        <p>{account.displayName || account.userName}</p>
        <p className="muted">
          {account.userName}
          {account.tier === 'admin' && ' · administrator'}
        </p>
        {leaving.error && <Notice failed>{sentenceOf(leaving.error)}</Notice>}
        <Button busy={leaving.isPending} onClick={() => leaving.mutate()} data-testid="sign-out">
          Sign out
        </Button>
      </div>
    </header>
  )
}

interface StudioPageProps {
  account: Account
  studio: Account['studios'][number]
}

const StudioPage = ({ account: { principalId }, studio: { studioId, studioName } }: StudioPageProps) => {
  const { launching } = useAddress()
  const profiles = useProfiles(studioId, principalId)
  const sessions = useSessions(studioId, principalId)
  // As of the last answer, so that a lost connection does not let times run on as if they were known.
  const now = new Date(sessions.dataUpdatedAt)
  const nameOf = (launchProfileId: string | undefined) => nameIn(profiles.data, launchProfileId)
  const error = sessions.error ?? profiles.error
  if (launching !== undefined)
    return (
      <Launching
        studioId={studioId}
        ownedBy={principalId}
        session={sessions.data?.find(({ sessionId }) => sessionId === launching)}
        known={sessions.isFetchedAfterMount && !sessions.isFetching}
        error={sessions.error}
        nameOf={nameOf}
        back={() => go(toAddress({ studioName }))}
      />
    )
  return (
    <>
      <h1 className="visually-hidden">Launcher</h1>
      {error && (
        <Notice failed>
          {sentenceOf(error)} {sessions.data && 'What you see is how things were before. '}
          <button type="button" className="link" onClick={() => Promise.all([sessions.refetch(), profiles.refetch()])}>
            Try now
          </button>
        </Notice>
      )}
      <section aria-labelledby="workstations">
        <h2 id="workstations">Your workstations</h2>
        {sessions.data && sessions.data.length > 0 ? (
          <ul className="cards">
            {sessions.data.map(session => (
              <Workstation
                key={session.sessionId}
                studioId={studioId}
                ownedBy={principalId}
                session={session}
                name={nameOf(session.launchProfileId)}
                now={now}
              />
            ))}
          </ul>
        ) : sessions.data ? (
          <Empty title="No workstation yet">Launch one below. It is ready in seconds, and opens in this tab.</Empty>
        ) : (
          !sessions.error && <Loading what="Looking for your workstations" />
        )}
      </section>
      <section aria-labelledby="profiles">
        <h2 id="profiles">Launch a workstation</h2>
        {profiles.data && profiles.data.length > 0 ? (
          <ul className="cards">
            {profiles.data.map(profile => (
              <Profile
                key={profile.launchProfileId}
                studioId={studioId}
                ownedBy={principalId}
                profile={profile}
                launched={session => session.sessionId && go(toAddress({ studioName, launching: session.sessionId }))}
              />
            ))}
          </ul>
        ) : profiles.data ? (
          <Empty title="Nothing to launch yet">
            An administrator has to share a launch profile with you first. This page shows it as soon as that is done.
          </Empty>
        ) : (
          !profiles.error && <Loading what="Looking for launch profiles" />
        )}
      </section>
    </>
  )
}

const nameIn = (profiles: LaunchProfile[] | undefined, launchProfileId: string | undefined): string =>
  profiles?.find(profile => profile.launchProfileId === launchProfileId)?.name ??
  (profiles ? 'Workstation of a launch profile you no longer have' : 'Workstation')

const Empty = ({ title, children }: { title: string; children: React.ReactNode }) => (
  <div className="empty">
    <h3>{title}</h3>
    <p className="muted">{children}</p>
  </div>
)
