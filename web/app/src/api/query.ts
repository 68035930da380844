import { ApiError, errorOf, request } from './http'

/** A value as the API writes it; dynamic values are JSON text. */
export type Value = string | number | boolean | null | object
export type Row = Value[]

export type ColumnType = 'bool' | 'datetime' | 'decimal' | 'dynamic' | 'guid' | 'int' | 'long' | 'real' | 'string' | 'timespan'

export interface Column {
  name: string
  type: ColumnType
}

export interface Table {
  name: string
  columns: Column[]
  rows: Row[]
  /** The _Seq of the one table row that each row was made of, where rows are and they were asked for. */
  rowIds?: RowId[]
}

/** A _Seq; text where a double cannot hold it, null where a row was made of no single table row. */
export type RowId = number | string | null

/** How a query wants its result drawn. */
export interface Render {
  visualization: string | null
  title?: string | null
  kind?: string | null
  legend?: string | null
  series?: string[] | null
  xColumn?: string | null
  xTitle?: string | null
  xAxis?: string | null
  yColumns?: string[] | null
  yTitle?: string | null
  yAxis?: string | null
  yMin?: string | null
  yMax?: string | null
  xMin?: string | null
  xMax?: string | null
  ySplit?: string | null
  accumulate?: boolean
  anomalyColumns?: string[] | null
}

export interface Answer {
  tables: Table[]
  render: Render
  /** Why rows are missing at the end. */
  partial?: string
  /** Seconds the server took. */
  serverSeconds: number
  scannedRows: number
  scannedBytes: number
  /** Bytes of the answer's text. */
  size: number
}

export interface Question {
  workspace: string
  query: string
  /** As the API has it: a duration or start/end; undefined leaves time to the query. */
  timespan?: string
  /** Asks for rowIds. */
  rowIds?: boolean
  signal?: AbortSignal
}

interface WireTable extends Table {
  columns: (Column & { rowId?: boolean })[]
}

/** Takes the column that the server added apart from those of the query. The table is changed: it may be large. */
export function withRowIds(table: WireTable): Table {
  if (!table.columns.at(-1)?.rowId) return table
  table.columns.pop()
  return { ...table, rowIds: table.rows.map((r) => r.pop() as RowId) }
}

interface WireAnswer {
  tables: WireTable[]
  render?: Render
  statistics?: { query?: { executionTime?: number; inputDatasetStatistics?: { rows?: { total?: number }; bytes?: { total?: number } } } }
  error?: { details?: { innererror?: { message?: string } }[]; message?: string }
}

export async function ask(q: Question): Promise<Answer> {
  const answer = await request(`/v1/workspaces/${encodeURIComponent(q.workspace)}/query`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Prefer: 'wait=600,include-statistics=true,include-render=true' + (q.rowIds ? ',include-row-ids=true' : '') },
    body: JSON.stringify({ query: q.query, timespan: q.timespan }),
    signal: q.signal,
  })
  const text = await answer.text()
  let wire: WireAnswer
  try {
    wire = parseExact(text) as WireAnswer
  } catch {
    throw errorOf(502, { code: 'BrokenAnswer', message: 'The answer broke off. Ask again; if it happens again, ask for fewer rows.' })
  }
  if (!wire.tables) throw new ApiError(502, 'The answer has no table.', 'BrokenAnswer')
  const stats = wire.statistics?.query
  return {
    tables: wire.tables.map(withRowIds),
    render: wire.render ?? { visualization: null },
    partial: wire.error ? (wire.error.details?.[0]?.innererror?.message ?? wire.error.message) : undefined,
    serverSeconds: stats?.executionTime ?? 0,
    scannedRows: stats?.inputDatasetStatistics?.rows?.total ?? 0,
    scannedBytes: stats?.inputDatasetStatistics?.bytes?.total ?? 0,
    size: text.length,
  }
}

const longDigits = /[[,]-?\d{16,}(?=[,\]])/

/** Parses JSON; whole numbers that a double cannot hold stay text, digit for digit. */
export function parseExact(text: string): unknown {
  if (!longDigits.test(text)) return JSON.parse(text)
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source ? context.source : value
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown)
}

export interface Fault {
  start: number
  end: number
  code: string
  message: string
}

/** What the server would say about a query, without running it. */
export async function check(workspace: string, query: string, signal?: AbortSignal): Promise<Fault[]> {
  const answer = await request(`/v1/console/workspaces/${encodeURIComponent(workspace)}/check`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
    signal,
  })
  return ((await answer.json()) as { faults: Fault[] }).faults
}
