import type { Table } from '../api/query'
import { alignsRight, cellText, isNumber } from '../grid/format'

const most = 100

/** A small result as a plain table. */
export function MiniTable({ table }: { table: Table }) {
  const rows = table.rows.slice(0, most)
  return (
    <div className="mini" tabIndex={0} role="region" aria-label="Rows">
      <table>
        <thead>
          <tr>{table.columns.map((c) => <th key={c.name} scope="col" className={alignsRight(c.type) ? 'right' : ''}>{c.name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((r, i) => (
            <tr key={i}>
              {table.columns.map((c, j) => {
                const v = r[j]
                const text = isNumber(c.type) && typeof v === 'number' ? v.toLocaleString('en-US', { maximumFractionDigits: 3 }) : c.type === 'datetime' ? cellText(v, c.type).slice(0, 19) : cellText(v, c.type)
                return <td key={j} className={alignsRight(c.type) ? 'right' : ''} title={text.length > 24 ? text : undefined}>{text}</td>
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > most && <p className="muted tile-note">The first {most} of {table.rows.length} rows.</p>}
    </div>
  )
}
