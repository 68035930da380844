import type { Column, Row, Table } from '../api/query'
import { kqlName } from '../grid/path'

/** The rows that a tail has, oldest first, and how far it has read. */
export interface TailRows {
  columns: Column[]
  rows: Row[]
  /** The sequence of each row, in decimal. */
  seqs: string[]
  /** The highest sequence that was read, in decimal: it may be larger than a double holds. */
  cursor: string
  /** Rows that fell out at the top, because the tail keeps only so many. */
  dropped: number
}

const seqColumn = 'TailSequence'

/** Rows that a tail keeps, asks for at once, and shows from before it began. */
export const mostKept = 5000
export const batch = 1000
const before = 50

/** How many waiting rows a paused tail counts at most. */
export const mostCounted = 10_000

const condition = (filter: string) => (filter.trim() ? `\n| where ${filter.trim().replace(/^\|?\s*where\s+/, '')}` : '')

/** The query for the last rows before the tail begins. */
export const startQuery = (table: string, filter: string) =>
  `${kqlName(table)}${condition(filter)}\n| top ${before} by _Seq desc\n| extend ${seqColumn} = tostring(_Seq)\n| order by _Seq asc`

/** The query for where the table ends now, whatever the filter. */
export const endQuery = (table: string) => `${kqlName(table)}\n| summarize Sequence = tostring(max(_Seq))`

/** The query for what came behind a sequence. */
export const nextQuery = (table: string, filter: string, cursor: string) =>
  `${kqlName(table)}\n| where _Seq > long(${cursor})${condition(filter)}\n| order by _Seq asc\n| take ${batch}\n| extend ${seqColumn} = tostring(_Seq)`

/** The query for how many rows wait behind a sequence. */
export const waitingQuery = (table: string, filter: string, cursor: string) => `${kqlName(table)}\n| where _Seq > long(${cursor})${condition(filter)}\n| take ${mostCounted}\n| count`

const larger = (a: string, b: string) => (a.length === b.length ? (a > b ? a : b) : a.length > b.length ? a : b)

/** Adds an answer's rows; the helper column goes. end is how far the table was read at least. */
export function added(have: TailRows | undefined, answer: Table, end?: string): TailRows {
  const at = answer.columns.findIndex((c) => c.name === seqColumn)
  const without = <T,>(list: T[]) => list.toSpliced(at, 1)
  let cursor = larger(have?.cursor ?? '0', end ?? '0')
  const freshSeqs = answer.rows.map((r) => String(r[at]))
  for (const seq of freshSeqs) cursor = larger(cursor, seq)
  const fresh = answer.rows.map(without)
  const columns = without(answer.columns)
  // A table gains columns at run time; older rows then have fewer cells, and miss none that is shown.
  const old = have?.rows ?? []
  if (fresh.length === 0 && have) return have.cursor === cursor ? have : { ...have, cursor }
  const all = [...old, ...fresh]
  const seqs = [...(have?.seqs ?? []), ...freshSeqs]
  const over = Math.max(0, all.length - mostKept)
  return { columns, rows: over ? all.slice(over) : all, seqs: over ? seqs.slice(over) : seqs, cursor, dropped: (have?.dropped ?? 0) + over }
}
