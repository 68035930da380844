import { FluentProvider, Spinner } from '@fluentui/react-components'
import { Suspense, lazy, useEffect } from 'react'
import { signedIn } from '../api/http'
import { resume } from '../api/session'
import { useStore } from '../parts/store'
import { usePlace } from '../parts/route'
import { ErrorBoundary } from '../parts/ErrorBoundary'
import { SignIn } from '../signin/SignIn'
import { SessionExpired } from '../signin/SessionExpired'
import { Shell } from './Shell'
import { placeOf, places } from './places'
import { dark, light, useDark } from './theme'

const pages: Record<string, React.LazyExoticComponent<React.ComponentType>> = {
  '/overview': lazy(() => import('../overview/Overview')),
  '/logs': lazy(() => import('../logs/Logs')),
  '/dashboards': lazy(() => import('../dashboards/Dashboards')),
  '/tail': lazy(() => import('../tail/Tail')),
  '/tables': lazy(() => import('../tables/Tables')),
}

export function App() {
  const isDark = useDark()
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
    document.documentElement.style.background = isDark ? '#141414' : '#fff'
  }, [isDark])
  return (
    <FluentProvider theme={isDark ? dark : light} style={{ height: '100%' }}>
      <div className="app">
        <Entrance />
      </div>
    </FluentProvider>
  )
}

function Entrance() {
  const state = useStore(signedIn)
  const { path } = usePlace()
  useEffect(() => {
    if (signedIn.get() === 'unknown') resume().catch(() => signedIn.set((s) => (s === 'unknown' ? 'no' : s)))
  }, [])
  useEffect(() => {
    const place = places.find((p) => p.path === placeOf(path))
    document.title = place && state !== 'no' ? `${place.title} · Lazuli` : 'Lazuli'
  }, [path, state])
  if (state === 'unknown') return <div className="waiting" role="status" aria-label="Loading" />
  if (state === 'no' || path === '/signin') return <SignIn />
  const Page = pages[placeOf(path)] ?? pages['/overview']
  return (
    <Shell>
      <ErrorBoundary key={placeOf(path)}>
        <Suspense fallback={<Spinner className="waiting" label="Loading…" />}>
          <Page />
        </Suspense>
      </ErrorBoundary>
      {state === 'expired' && <SessionExpired />}
    </Shell>
  )
}
