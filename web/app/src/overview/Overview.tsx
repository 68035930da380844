import { MessageBar, MessageBarBody, MessageBarTitle, Spinner, Tooltip, Button } from '@fluentui/react-components'
import { ArrowSyncRegular } from '@fluentui/react-icons'
import { useEffect, useMemo, useState } from 'react'
import { isAdmin } from '../api/session'
import { TimePicker } from '../logs/TimePicker'
import { timespanOf, type TimeRange } from '../logs/time'
import { createKeptStore, useStore } from '../parts/store'
import { useStates } from '../tables/useStates'
import { Tile } from '../tiles/Tile'
import { Figures } from './Figures'
import { MapTile } from './MapTile'
import { arrivals, securityQueries, sources } from './queries'
import '../logs/logs.css'

const range = createKeptStore<TimeRange>('lazuli.overviewRange', { kind: 'last', duration: 'P2D' })

/** Hours from the beginning of the range until now, for queries that count by receipt. */
function hoursOf(r: TimeRange): number {
  if (r.kind === 'between') return Math.max(1, Math.ceil((Date.now() - Date.parse(r.from)) / 3600e3))
  const m = r.kind === 'last' ? /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(r.duration) : null
  return m ? Math.max(1, Number(m[1] ?? 0) * 24 + Number(m[2] ?? 0)) : 24
}

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
      {states && <Figures states={states} at={at} />}
      {states && tables.length === 0 && <NothingYet />}
      {tables.length > 0 && <Board tables={tables} chosen={chosen} round={round} />}
    </div>
  )
}

function Board({ tables, chosen, round }: { tables: string[]; chosen: TimeRange; round: number }) {
  const hours = hoursOf(chosen)
  const held = new Set(tables)
  const timespan = timespanOf(chosen)
  const [answered, empty] = [true, false].map((wanted) => securityQueries(held, hours).filter((q) => q.needs.some((n) => held.has(n)) === wanted))
  const wide = (i: number) => i === answered.length - 1 && answered.length % 2 === 1
  const missing = (needs: string[]) => `${needs.join(' and ')} hold${needs.length > 1 ? '' : 's'} no rows yet.`
  return (
    <div className="board">
      <Tile title="Arrivals by table" query={arrivals(tables, hours)} visualization="columnchart" round={round} className="w6 h2" />
      <MapTile timespan={timespan} round={round} known={held.has('SigninLogs')} why={missing(['SigninLogs'])} />
      {answered.map((q, i) => <Tile key={q.title} title={q.title} timespan={timespan} visualization={q.visualization} round={round} className={wide(i) ? 'w12 h2' : 'w6 h2'} query={q.query} />)}
      <Tile title="Sources" query={sources(tables, hours)} round={round} className="w12 h2" />
      {empty.map((q) => <Tile key={q.title} title={q.title} round={round} className="w3 empty" why={missing(q.needs)} />)}
    </div>
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
