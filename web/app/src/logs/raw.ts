import type { Column, Row } from '../api/query'
import type { SchemaTable } from '../api/schema'
import { mainColumns } from '../parts/columns'

/** Results with fewer columns than this are shown whole. */
const many = 16

/**
 * The columns to show first of a result that holds whole records of a table: those that say most, behind what the
 * query added by itself. Undefined for results that have few columns, or whose columns were chosen by the query.
 */
export function firstColumns(query: string, tables: Record<string, SchemaTable>, columns: Column[], rows: Row[]): number[] | undefined {
  if (columns.length < many) return undefined
  const names = new Set(columns.map((c) => c.name))
  const mentioned = Array.from(query.matchAll(/[A-Za-z_]\w*/g), (m) => m[0]).filter((n) => Object.hasOwn(tables, n))
  const table = mentioned.map((n) => tables[n]).find((t) => t.OrderedColumns.every((c) => c.Name.startsWith('_') || names.has(c.Name)))
  if (!table) return undefined // a query that names its columns means them all
  const own = new Set(table.OrderedColumns.map((c) => c.Name))
  const added = columns.flatMap((c, i) => (own.has(c.name) || c.name.startsWith('_') || c.name === 'Type' || c.name === 'TenantId' ? [] : [i]))
  const [time, ...others] = mainColumns(table.Name, columns, rows.slice(0, 200))
  return [time, ...added, ...others.filter((i) => !added.includes(i))]
}
