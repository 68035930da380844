import type { ReactNode } from 'react'
import type { Column, Row, Table, Value } from '../api/query'
import { alignsRight, cellText, dynamicOf, isNumber, secondsOf, textOf } from '../grid/format'
import { moment, span } from '../parts/numbers'
import { Trend } from './Trend'

const most = 100

/** How a column of a small table is shown other than as its type says. */
export interface Shown {
  label?: string
  text?: (v: Value) => string
  cell?: (v: Value, row: Row) => ReactNode
}

/** A small result as a plain table: texts share the room that numbers and times leave, and end in an ellipsis. */
export function MiniTable({ table, shown = {} }: { table: Table; shown?: Record<string, Shown> }) {
  const rows = table.rows.slice(0, most)
  const widths = sharesOf(table.columns, rows)
  const least = leastWidth(table.columns, rows)
  return (
    <div className="mini" tabIndex={0} role="region" aria-label="Rows">
      <table style={{ minWidth: least }}>
        <thead>
          <tr>{table.columns.map((c, j) => <th key={c.name} scope="col" className={classOf(c)} style={{ width: widths[j] }} title={c.name}>{shown[c.name]?.label ?? c.name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((r, i) => (
            <tr key={i}>
              {table.columns.map((c, j) => <td key={j} className={classOf(c)} style={{ width: widths[j] }} title={titleOf(r[j], c)}>{shown[c.name]?.cell?.(r[j], r) ?? shown[c.name]?.text?.(r[j]) ?? trendOf(r[j], c) ?? shortText(r[j], c)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > most && <p className="muted tile-note">The first {most} of {table.rows.length} rows.</p>}
    </div>
  )
}

const isShort = (c: Column) => alignsRight(c.type) || c.type === 'datetime' || c.type === 'bool'
const classOf = (c: Column) => (alignsRight(c.type) ? 'right' : isShort(c) ? '' : 'text')

/** How texts share the room, by how long they are. */
function sharesOf(columns: Column[], rows: Row[]): (string | undefined)[] {
  const long = columns.map((c, i) => (isShort(c) ? 0 : Math.min(40, Math.max(8, c.name.length, ...rows.map((r) => cellText(r[i], c.type).length)))))
  const sum = long.reduce((a, b) => a + b, 0)
  return long.map((n) => (n === 0 ? undefined : `${Math.floor((100 * n) / sum)}%`))
}

/** A value in the few signs that a small table has for it; its title has all of them. */
function shortText(v: Value, c: Column): string {
  if (v === null) return ''
  if (isNumber(c.type) && typeof v === 'number') return v.toLocaleString('en-US', { maximumFractionDigits: 3 })
  if (c.type === 'datetime') return moment(String(v)).slice(0, -3) // seconds are in the title
  if (c.type === 'timespan') {
    const seconds = secondsOf(String(v))
    return seconds === null ? textOf(v) : span(seconds)
  }
  return cellText(v, c.type)
}

/** An array of numbers, as series have it, is drawn as a line. */
function trendOf(v: Value, c: Column): ReactNode {
  if (c.type !== 'dynamic' || typeof v !== 'string' || !v.startsWith('[')) return undefined
  const list = dynamicOf(v)
  return Array.isArray(list) && list.length > 2 && list.every((n) => typeof n === 'number') ? <Trend values={list} /> : undefined
}

const perSign = 6.8
const padding = 17

/** Below this width a table scrolls: an address is worth more whole than half. */
function leastWidth(columns: Column[], rows: Row[]): number {
  const signs = (c: Column, i: number) => (isShort(c) ? Math.max(c.name.length, c.type === 'datetime' ? 12 : 5) : Math.min(18, Math.max(c.name.length, ...rows.map((r) => cellText(r[i], c.type).length))))
  return Math.round(columns.reduce((n, c, i) => n + signs(c, i) * perSign + padding, 0))
}

function titleOf(v: Value, c: Column): string | undefined {
  if (c.type === 'datetime') return v === null ? undefined : `${cellText(v, c.type)} UTC`
  const text = cellText(v, c.type)
  return c.type === 'timespan' || text.length > 12 ? text : undefined
}
