import { useEffect, useState } from 'react'
import { getJSON } from '../api/http'
import { isAdmin } from '../api/session'
import { secondsOf } from '../grid/format'
import { plainLink } from '../logs/link'
import { Link } from '../parts/Link'
import { ago, bytes, count, perSecond, short, span } from '../parts/numbers'
import type { TableState } from '../tables/states'
import type { SourceStatus } from '../tables/flows'
import { useAnswer } from '../tiles/useAnswer'
import { holdings, quarantined, rates } from './queries'

/** The large numbers at the top: what is held and what comes in right now. Each leads to its query. */
export function Figures({ states, tables, at }: { states: TableState[]; tables: string[]; at: number }) {
  const rows = states.reduce((n, t) => n + t.rows, 0)
  const size = states.reduce((n, t) => n + t.bytes, 0)
  const received = states.map((t) => t.received ?? '').sort().at(-1) ?? ''
  const strange = states.find((t) => t.name === 'LazuliQuarantine')?.rows ?? 0
  // The numbers above come from the server's books every five seconds; a query need not be asked that often.
  const { answer } = useAnswer(tables.length > 0 ? rates(tables) : undefined, undefined, Math.floor(at / 15_000))
  const raw = useReceivedBytes(at)
  const row = answer?.tables[0].rows[0]
  const lag = row ? secondsOf(String(row[2] ?? '')) : null
  const to = (query: string, title: string) => (tables.length > 0 ? plainLink({ query, range: { kind: 'query' }, title, run: true }) : undefined)
  return (
    <div className="figures">
      <Figure name="Records held" value={rows < 1e7 ? count(rows) : short(rows)} to={to(holdings(tables), 'Records held')} />
      {size > 0 && <Figure name="Size of tables" value={bytes(size)} title="Their columns, on disk and in memory; the journal of raw records is kept besides" to="/tables" />}
      <Figure name="Events in" value={row ? perSecond(Number(row[0]) / 60) : '…'} title="Over the last minute" to={to(rates(tables), 'Events of the last minute')} />
      <Figure name="Bytes in" value={row ? bytes(raw || Number(row[1] ?? 0) / 60) + '/s' : '…'} title={!raw ? 'The rows of the last minute, by their size' : 'As received in the last minute'} to={to(rates(tables), 'Bytes of the last minute')} />
      <Figure name="Latest arrival" value={ago(received, at)} title={received} to={to(holdings(tables), 'Latest arrivals')} />
      <Figure name="Event lag" value={!row ? '…' : lag === null ? 'nothing now' : span(lag)} title="From the event to its receipt, the median of the last minute" to={to(rates(tables), 'Time from event to receipt')} />
      <Figure name="Tables" value={count(states.length)} to="/tables" />
      <Figure name="Not understood" value={count(strange)} alarm={strange > 0} to={to(quarantined, 'Not understood')} />
    </div>
  )
}

/** Bytes a second that the sources received in the last minute; undefined where one may not ask. */
function useReceivedBytes(at: number): number | undefined {
  const [rate, setRate] = useState<number | undefined>(undefined)
  useEffect(() => {
    if (!isAdmin()) return
    const control = new AbortController()
    getJSON<{ sources: SourceStatus[] }>('/v1/admin/sources', control.signal)
      .then(({ sources }) => setRate(sources.reduce((n, s) => n + s.bytesPerSecond, 0)))
      .catch(() => undefined) // the size of the rows stands in for it
    return () => control.abort()
  }, [at])
  return rate
}

function Figure({ name, value, title, alarm, to }: { name: string; value: string; title?: string; alarm?: boolean; to?: string }) {
  const inner = (
    <>
      <span>{name}</span>
      <strong>{value}</strong>
    </>
  )
  const className = 'figure card' + (alarm ? ' alarm' : '')
  return to ? <Link href={to} className={className} title={title}>{inner}</Link> : <div className={className} title={title}>{inner}</div>
}
