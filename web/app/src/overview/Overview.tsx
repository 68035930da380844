import { MessageBar, MessageBarBody, MessageBarTitle, Spinner, Tooltip, Button } from '@fluentui/react-components'
import { ArrowSyncRegular } from '@fluentui/react-icons'
import { useEffect, useMemo, useState } from 'react'
import { isAdmin } from '../api/session'
import { TimePicker } from '../logs/TimePicker'
import { timespanOf, type TimeRange } from '../logs/time'
import { createKeptStore, useStore } from '../parts/store'
import type { TableState } from '../tables/states'
import { useStates } from '../tables/useStates'
import { Tile } from '../tiles/Tile'
import { AlertsTile } from './Alerts'
import { ArrivalsTile } from './Arrivals'
import { Figures } from './Figures'
import { MapTile } from './MapTile'
import { NewCountriesTile } from './NewCountries'
import { quarantined, securityQueries } from './queries'
import { SourcesTile } from './SourcesTile'
import './overview.css'
import '../logs/logs.css'

const range = createKeptStore<TimeRange>('lazuli.overviewRange', { kind: 'last', duration: 'P2D' })

/** What comes in, and what in it deserves a look. */
export default function Overview() {
  const chosen = useStore(range)
  const [round, setRound] = useState(0)
  const { states, at, error } = useStates(5000)
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setRound((n) => n + 1), 60_000)
    return () => clearInterval(timer)
  }, [])
  const names = states?.map((t) => t.name).join(' ') ?? ''
  const tables = useMemo(() => (names ? names.split(' ') : []), [names])
  return (
    <div className="page">
      <div className="page-head">
        <h1>Overview</h1>
        <span className="grow" />
        <TimePicker range={chosen} allowQuery={false} onChange={(r) => range.set(r)} />
        <Tooltip content="Ask again" relationship="label">
          <Button size="small" appearance="subtle" icon={<ArrowSyncRegular />} onClick={() => setRound(round + 1)} />
        </Tooltip>
      </div>
      {!states && !error && <Spinner label="Looking at the tables…" />}
      {!states && error && <MessageBar intent="error"><MessageBarBody>{error.message}</MessageBarBody></MessageBar>}
      {states && <Figures states={states} tables={tables} at={at} />}
      {states && tables.length === 0 && <NothingYet />}
      {tables.length > 0 && <Board tables={tables} states={states!} chosen={chosen} round={round} />}
    </div>
  )
}

function Board({ tables, states, chosen, round }: { tables: string[]; states: TableState[]; chosen: TimeRange; round: number }) {
  const held = new Set(tables)
  const timespan = timespanOf(chosen)
  const has = (q: { needs: string[] }) => q.needs.some((n) => held.has(n))
  const queries = securityQueries(held, chosen)
  const byTitle = (title: string) => queries.find((q) => q.title === title && has(q))
  const simple = (title: string, className = 'w6 h2') => {
    const q = byTitle(title)
    return q && <Tile key={title} title={title} timespan={timespan} visualization={q.visualization} round={round} className={className} query={q.query} />
  }
  const signIns = states.find((t) => t.name === 'SigninLogs')
  const missing = [...queries.filter((q) => !has(q)).map((q) => ({ what: q.title, needs: q.needs })), ...(held.has('SecurityAlert') ? [] : [{ what: 'Alerts', needs: ['SecurityAlert'] }]), ...(signIns ? [] : [{ what: 'New countries', needs: ['SigninLogs'] }])]
  return (
    <>
      <div className="board">
        <ArrivalsTile tables={tables} range={chosen} round={round} />
        {held.has('SigninLogs') && <MapTile timespan={timespan} round={round} known why="" />}
        {simple('Failed sign-ins')}
        {signIns && <NewCountriesTile range={chosen} held={signIns.from} round={round} className="w6 h2" />}
        {held.has('SecurityAlert') && <AlertsTile timespan={timespan} round={round} className="w6 h2" />}
        {simple('Top operations')}
        {simple('Top callers')}
        {simple('Denied flows', 'w12 h2')}
        {held.has('LazuliQuarantine') && <Tile title="Not understood" query={quarantined} timespan={timespan} round={round} className="w12 h1" />}
        <SourcesTile title="What came in, by source and table" tables={tables} range={chosen} round={round} />
      </div>
      {missing.length > 0 && <p className="muted missing">Waiting for their first rows: {missing.map((m) => `${m.what} (${m.needs.join(' or ')})`).join(', ')}.</p>}
    </>
  )
}

function NothingYet() {
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>No records yet</MessageBarTitle>
        {isAdmin() ? 'Send some: lazuli import FILE, or POST Azure’s records to /v1/ingest. They appear here at once.' : 'Nothing has been sent to this workspace.'}
      </MessageBarBody>
    </MessageBar>
  )
}
