import type { Column, Row } from '../api/query'
import { sortKey, textOf } from './format'

export interface Sort {
  column: number
  descending: boolean
}

/** How one column's values are chosen. */
export interface Filter {
  column: number
  how: 'oneof' | 'contains' | 'lacks' | 'is' | 'isnot' | 'atleast' | 'atmost' | 'empty' | 'notempty'
  value: string
  /** For "oneof": the texts that a value may be. */
  values?: string[]
}

export interface View {
  sorts: Sort[]
  filters: Filter[]
  /** Shown rows have this in some column. */
  search: string
  /** Columns by whose values rows are gathered, outermost first. */
  groups: number[]
  /** Paths of the groups that are open. */
  open: ReadonlySet<string>
}

export const emptyView: View = { sorts: [], filters: [], search: '', groups: [], open: new Set() }

/** A line of the grid: a row, by its number in the result, or the head of a group. */
export type Line = { kind: 'row'; row: number; depth: number } | { kind: 'group'; path: string; column: number; value: string; count: number; depth: number; open: boolean }

/** The lines that the view shows, in order. */
export function linesOf(columns: Column[], rows: Row[], view: View): Line[] {
  return gather(columns, rows, sorted(columns, rows, chosen(columns, rows, view), view.sorts), view, 0, '')
}

/** The numbers of the rows that filters and search leave. */
function chosen(columns: Column[], rows: Row[], view: View): number[] {
  const tests = view.filters.map((f) => test(columns, f))
  const needle = view.search.trim().toLowerCase()
  if (needle) tests.push((row) => row.some((v) => textOf(v).toLowerCase().includes(needle)))
  const list: number[] = []
  for (let i = 0; i < rows.length; i++) {
    if (tests.every((t) => t(rows[i]))) list.push(i)
  }
  return list
}

/** The values of a column among the rows that the view's other filters leave, the most frequent first. */
export function valuesOf(columns: Column[], rows: Row[], view: View, column: number): { text: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const i of chosen(columns, rows, { ...view, filters: view.filters.filter((f) => f.column !== column) })) {
    const text = textOf(rows[i][column])
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].map(([text, n]) => ({ text, count: n })).sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
}

/** The paths of all groups of the view. */
export function groupPaths(columns: Column[], rows: Row[], view: View): Set<string> {
  const paths = new Set<string>()
  for (const i of chosen(columns, rows, view)) {
    let path = ''
    for (const column of view.groups) {
      path += `/${column}=${textOf(rows[i][column])}`
      paths.add(path)
    }
  }
  return paths
}

function test(columns: Column[], f: Filter): (row: Row) => boolean {
  const c = f.column
  const wanted = f.value.toLowerCase()
  const type = columns[c].type
  const bound = type === 'datetime' ? f.value.trim().replace(' ', 'T') : sortKey(f.value, type)
  switch (f.how) {
    case 'oneof': {
      const values = new Set(f.values)
      return (row) => values.has(textOf(row[c]))
    }
    case 'contains':
      return (row) => textOf(row[c]).toLowerCase().includes(wanted)
    case 'lacks':
      return (row) => !textOf(row[c]).toLowerCase().includes(wanted)
    case 'is':
      return (row) => textOf(row[c]).toLowerCase() === wanted
    case 'isnot':
      return (row) => textOf(row[c]).toLowerCase() !== wanted
    case 'atleast':
    case 'atmost':
      return (row) => {
        const k = sortKey(row[c], type)
        if (k === null || bound === null) return false
        return f.how === 'atleast' ? k >= bound : k <= bound
      }
    case 'empty':
      return (row) => textOf(row[c]) === ''
    case 'notempty':
      return (row) => textOf(row[c]) !== ''
  }
}

/** Sorts numbers of rows; equal rows keep their order, and nulls come last either way. */
function sorted(columns: Column[], rows: Row[], order: number[], sorts: Sort[]): number[] {
  if (sorts.length === 0) return order
  const keys = sorts.map((s) => {
    const of = new Map<number, number | string | null>()
    for (const i of order) of.set(i, sortKey(rows[i][s.column], columns[s.column].type))
    return of
  })
  return [...order].sort((a, b) => {
    for (let s = 0; s < sorts.length; s++) {
      const x = keys[s].get(a)!
      const y = keys[s].get(b)!
      if (x === y) continue
      if (x === null) return 1
      if (y === null) return -1
      return x < y !== sorts[s].descending ? -1 : 1
    }
    return a - b
  })
}

function gather(columns: Column[], rows: Row[], order: number[], view: View, depth: number, above: string): Line[] {
  if (depth === view.groups.length) return order.map((row) => ({ kind: 'row', row, depth }))
  const column = view.groups[depth]
  const groups = new Map<string, number[]>()
  for (const i of order) {
    const value = textOf(rows[i][column])
    const list = groups.get(value)
    if (list) list.push(i)
    else groups.set(value, [i])
  }
  const lines: Line[] = []
  // Large groups first, unless the order of the rows was asked for.
  const entries = [...groups]
  if (view.sorts.length === 0) entries.sort((a, b) => b[1].length - a[1].length)
  for (const [value, list] of entries) {
    const path = `${above}/${column}=${value}`
    const open = view.open.has(path)
    lines.push({ kind: 'group', path, column, value, count: list.length, depth, open })
    if (open) for (const line of gather(columns, rows, list, view, depth + 1, path)) lines.push(line)
  }
  return lines
}

/** The numbers of all rows behind the view, groups open or not. */
export function rowsOf(columns: Column[], rows: Row[], view: View): number[] {
  return sorted(columns, rows, chosen(columns, rows, view), view.sorts)
}
