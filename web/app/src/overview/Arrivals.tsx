import { Tab, TabList } from '@fluentui/react-components'
import { useMemo, useState } from 'react'
import type { Answer, Render, Table } from '../api/query'
import { useDark } from '../app/theme'
import { Chart } from '../charts/Chart'
import { dataOf } from '../charts/data'
import { darkPalette, lightPalette, lookOf } from '../charts/palette'
import { shapeOf } from '../charts/shape'
import type { TimeRange } from '../logs/time'
import { Link } from '../parts/Link'
import { short } from '../parts/numbers'
import { Tile } from '../tiles/Tile'
import { arrivals } from './queries'

const render: Render = { visualization: 'columnchart', kind: 'stacked' }

/** All tables have a colour of their own: the query keeps them few. */
const most = 60

/** What came by table, over the time of the events or of their receipt. */
export function ArrivalsTile({ tables, range, round }: { tables: string[]; range: TimeRange; round: number }) {
  const [by, setBy] = useState<'event' | 'received'>('event')
  return (
    <Tile
      title="Events by table" query={arrivals(tables, range, by)} visualization="columnchart" round={round} className="w12 h2"
      actions={
        <TabList size="small" selectedValue={by} onTabSelect={(_e, d) => setBy(d.value as typeof by)} aria-label="Counted by">
          <Tab value="event">Event time</Tab>
          <Tab value="received">Received</Tab>
        </TabList>
      }
    >
      {(answer: Answer) => <Arrivals table={answer.tables[0]} />}
    </Tile>
  )
}

/** The chart, and beside it a legend that has room for whole names and says how many each has. */
function Arrivals({ table: answered }: { table: Table }) {
  const dark = useDark()
  const table = useMemo(() => inOrder(answered), [answered])
  const series = useMemo(() => totalsOf(table), [table])
  if (series.length === 0) return <p className="tile-note muted">Nothing in this time.</p>
  const palette = dark ? darkPalette : lightPalette
  return (
    <div className="arrivals">
      <div className="arrivals-chart"><Chart table={table} render={render} legend={false} most={most} /></div>
      <ul className="arrivals-legend" aria-label="Tables">
        {series.map((s, i) => (
          <li key={s.name}>
            <span className="swatch" aria-hidden style={{ background: lookOf(palette, i).color }} />
            {s.name === 'Other' ? <span className="name">Other</span> : <Link className="name" href={'/tables/' + encodeURIComponent(s.name)} title={s.name}>{s.name}</Link>}
            <span className="total">{short(s.total)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** The series as the chart has them, with their sums. */
function totalsOf(table: Table): { name: string; total: number }[] {
  const shape = shapeOf(table, render)
  if ('why' in shape) return []
  return dataOf(table, shape, render, { most, bars: true }).series.map((s) => ({ name: s.name, total: s.points.reduce((n, p) => n + (p.y ?? 0), 0) }))
}

/** The largest table first, the others last: the order of rows is that of colours and of what is stacked. */
function inOrder(table: Table): Table {
  const name = table.columns.findIndex((c) => c.name === 'Table')
  const events = table.columns.findIndex((c) => c.name === 'Events')
  const sums = new Map<unknown, number>()
  for (const r of table.rows) sums.set(r[name], (sums.get(r[name]) ?? 0) + Number(r[events]))
  const rank = (v: unknown) => (v === 'Other' ? Number.POSITIVE_INFINITY : -(sums.get(v) ?? 0))
  return { ...table, rows: [...table.rows].sort((a, b) => rank(a[name]) - rank(b[name])) }
}
