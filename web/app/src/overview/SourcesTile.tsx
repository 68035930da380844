import type { TimeRange } from '../logs/time'
import { bytes, perSecond } from '../parts/numbers'
import { MiniTable } from '../tiles/MiniTable'
import { Tile } from '../tiles/Tile'
import { sources } from './queries'

/** What each source brought, by table. */
export function SourcesTile({ title, tables, range, round }: { title: string; tables: string[]; range: TimeRange; round: number }) {
  return (
    <Tile title={title} query={tables.length > 0 ? sources(tables, range) : undefined} why="Nothing has come in yet." round={round} className={`w12 h${tables.length <= 2 ? 1 : tables.length <= 6 ? 2 : 3}`}>
      {({ tables: [table] }) =>
        table.rows.length === 0 ? (
          <p className="tile-note muted">Nothing in this time.</p>
        ) : (
          <MiniTable
            table={table}
            shown={{ TableName: { label: 'Table' }, EventsPerSecond: { label: 'Last minute', text: (v) => perSecond(Number(v)) }, Bytes: { label: 'Size of rows', text: (v) => (Number(v ?? 0) > 0 ? bytes(Number(v)) : '–') }, Lag: { label: 'Its lag' }, Latest: { label: 'Latest arrival' } }}
          />
        )
      }
    </Tile>
  )
}
