import type { Answer } from '../api/query'
import { textOf } from '../grid/format'
import { MiniTable } from '../tiles/MiniTable'
import { Severity, bySeverity } from '../tiles/Severity'
import { Tile } from '../tiles/Tile'
import { alerts } from './queries'

/** Alerts: how many of each severity, then one by one. */
export function AlertsTile({ timespan, round, className }: { timespan?: string; round: number; className: string }) {
  return (
    <Tile title="Alerts" query={alerts} timespan={timespan} round={round} className={className}>
      {(answer) => <Alerts answer={answer} />}
    </Tile>
  )
}

function Alerts({ answer }: { answer: Answer }) {
  const table = answer.tables[0]
  if (table.rows.length === 0) return <p className="tile-note muted">No alerts in this time.</p>
  const at = table.columns.findIndex((c) => c.name === 'AlertSeverity')
  const counts = new Map<string, number>()
  for (const r of table.rows) counts.set(textOf(r[at]), (counts.get(textOf(r[at])) ?? 0) + 1)
  return (
    <div className="alerts">
      <ul aria-label="Alerts by severity">
        {[...counts].sort((a, b) => bySeverity(a[0], b[0])).map(([name, n]) => <li key={name}><Severity value={name}> <strong>{n}</strong></Severity></li>)}
      </ul>
      <MiniTable table={table} shown={{ TimeGenerated: { label: 'Time' }, AlertSeverity: { label: 'Severity', cell: (v) => <Severity value={v} /> }, AlertName: { label: 'Alert' }, CompromisedEntity: { label: 'Entity' } }} />
    </div>
  )
}
