import type { ReactNode } from 'react'
import type { Column, Row, Table, Value } from '../api/query'
import { alignsRight, cellText, dynamicOf, isNumber, secondsOf, textOf } from '../grid/format'
import { moment, span } from '../parts/numbers'
import { Trend } from './Trend'
import { roomOf } from './room'

const most = 100

/** How a column of a small table is shown other than as its type says. */
export interface Shown {
  label?: string
  text?: (v: Value) => string
  cell?: (v: Value, row: Row) => ReactNode
}

/** A small result as a plain table: long texts share the room that the others leave, and end in an ellipsis. */
export function MiniTable({ table, shown = {} }: { table: Table; shown?: Record<string, Shown> }) {
  const { columns } = table
  const rows = table.rows.slice(0, most)
  const heads = columns.map((c) => shown[c.name]?.label ?? c.name)
  const trends = columns.map((c, j) => rows.map((r) => trendOf(r[j], c)))
  const texts = columns.map((c, j) => rows.map((r, i) => (trends[j][i] ? '' : (shown[c.name]?.text?.(r[j]) ?? shortText(r[j], c)))))
  const { widths, least } = roomOf(heads, texts)
  const classOf = (j: number) => (alignsRight(columns[j].type) ? 'right' : widths[j] === undefined ? '' : 'text')
  return (
    <div className="mini" tabIndex={0} role="region" aria-label="Rows">
      <table style={{ minWidth: least }}>
        <thead>
          <tr>{columns.map((c, j) => <th key={c.name} scope="col" className={classOf(j)} style={{ width: widths[j] }} title={c.name}>{heads[j]}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((r, i) => (
            <tr key={i}>
              {columns.map((c, j) => {
                const trend = trends[j][i]
                return <td key={j} className={classOf(j)} style={{ width: widths[j] }} title={titleOf(r[j], c)}>{shown[c.name]?.cell?.(r[j], r) ?? (trend ? <Trend values={trend} /> : texts[j][i])}</td>
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > most && <p className="muted tile-note">The first {most} of {table.rows.length} rows.</p>}
    </div>
  )
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
function trendOf(v: Value, c: Column): number[] | undefined {
  if (c.type !== 'dynamic' || typeof v !== 'string' || !v.startsWith('[')) return undefined
  const list = dynamicOf(v)
  return Array.isArray(list) && list.length > 2 && list.every((n) => typeof n === 'number') ? list : undefined
}

function titleOf(v: Value, c: Column): string | undefined {
  if (c.type === 'datetime') return v === null ? undefined : `${cellText(v, c.type)} UTC`
  const text = cellText(v, c.type)
  return c.type === 'timespan' || text.length > 12 ? text : undefined
}
