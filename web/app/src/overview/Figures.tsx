import { useEffect, useRef, useState } from 'react'
import { plainLink } from '../logs/link'
import { Link } from '../parts/Link'
import { ago, bytes, count, short, span } from '../parts/numbers'
import type { TableState } from '../tables/states'

interface Rates {
  events: number
  bytes: number
}

/** The large numbers at the top: what is held and what comes in right now. */
export function Figures({ states, at }: { states: TableState[]; at: number }) {
  const rows = states.reduce((n, t) => n + t.rows, 0)
  const size = states.reduce((n, t) => n + t.bytes, 0)
  const rates = useRates(rows, size, at)
  const received = states.map((t) => t.received ?? '').sort().at(-1) ?? ''
  const newest = states.map((t) => t.to ?? '').sort().at(-1) ?? ''
  const quarantined = states.find((t) => t.name === 'LazuliQuarantine')?.rows ?? 0
  const lag = received && newest ? (Date.parse(received) - Date.parse(newest)) / 1000 : undefined
  return (
    <div className="figures">
      <Figure name="Records held" value={rows < 1e7 ? count(rows) : short(rows)} />
      {size > 0 && <Figure name="On disk" value={bytes(size)} />}
      <Figure name="Events / s" value={rates ? short(rates.events) : '–'} />
      {size > 0 && <Figure name="Bytes / s" value={rates ? bytes(rates.bytes) : '–'} />}
      <Figure name="Latest arrival" value={ago(received, at)} />
      <Figure name="Event lag" value={lag === undefined ? '–' : span(Math.max(0, lag))} />
      <Figure name="Tables" value={count(states.length)} to="/tables" />
      <Figure name="Not understood" value={count(quarantined)} alarm={quarantined > 0} to={plainLink({ query: 'LazuliQuarantine\n| summarize Records = count(), Latest = max(TimeGenerated) by Reason, Detail\n| order by Records', range: { kind: 'query' }, run: true })} />
    </div>
  )
}

/** How fast the numbers grow, from the last two looks at them. */
function useRates(rows: number, size: number, at: number): Rates | undefined {
  const last = useRef<{ rows: number; size: number; at: number } | undefined>(undefined)
  const [rates, setRates] = useState<Rates | undefined>(undefined)
  useEffect(() => {
    const before = last.current
    if (before && at > before.at) {
      const seconds = (at - before.at) / 1000
      setRates({ events: Math.max(0, rows - before.rows) / seconds, bytes: Math.max(0, size - before.size) / seconds })
    }
    last.current = { rows, size, at }
  }, [rows, size, at])
  return rates
}

function Figure({ name, value, alarm, to }: { name: string; value: string; alarm?: boolean; to?: string }) {
  const inner = (
    <>
      <span>{name}</span>
      <strong>{value}</strong>
    </>
  )
  const className = 'figure card' + (alarm ? ' alarm' : '')
  return to ? <Link href={to} className={className}>{inner}</Link> : <div className={className}>{inner}</div>
}
