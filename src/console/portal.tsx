import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isSignedOut, sentenceOf } from './account.ts'
import { useAddress } from './address.ts'
import Launcher from './pages/launcher.tsx'
import SignIn from './pages/sign-in.tsx'
import Welcome from './pages/welcome.tsx'
import { useMe } from './queries.ts'
import { Button } from './ui/button.tsx'
import { Loading, Notice } from './ui/notice.tsx'
import './styles/tokens.css'
import './styles/portal.css'
import './styles/cards.css'
import './styles/entrance.css'

const queries: QueryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, networkMode: 'always' }, mutations: { networkMode: 'always' } },
  queryCache: new QueryCache({
    onError: error => {
      if (isSignedOut(error)) queries.setQueryData(['me'], null)
    },
  }),
})

const Portal = () => {
  const { page } = useAddress()
  const account = useMe()
  if (page === 'welcome') return <Welcome />
  if (account.data) return <Launcher account={account.data} />
  if (account.data === null) return <SignIn />
  return (
    <main className="alone">
      {account.error && !account.isFetching ? (
        <>
          <Notice failed>{sentenceOf(account.error)}</Notice>
          <Button onClick={() => account.refetch()}>Try again</Button>
        </>
      ) : (
        <Loading what="Opening the portal" />
      )}
    </main>
  )
}

const root = document.getElementById('root')
if (!root) throw new Error('the page has no element for the portal')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Portal />
    </QueryClientProvider>
  </StrictMode>,
)
