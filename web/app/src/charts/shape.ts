import type { Column, Render, Row, Table, Value } from '../api/query'
import { dynamicOf, isNumber, secondsOf, textOf } from '../grid/format'

/** Which columns of a result a chart draws. */
export interface Shape {
  x: number
  ys: number[]
  series: number[]
}

/** One line, set of bars or cloud: pairs of x and y. */
export interface Series {
  name: string
  points: [string | number, number | null][]
}

const named = (columns: Column[], name: string | null | undefined) => (name ? columns.findIndex((c) => c.name === name) : -1)

/** Picks the columns as Kusto's clients do: the first of a fit type for x, texts for the series, numbers for y. */
export function shapeOf(table: Table, render: Render): Shape {
  const { columns } = table
  const ys = (render.yColumns ?? []).map((n) => named(columns, n)).filter((i) => i >= 0)
  const series = (render.series ?? []).map((n) => named(columns, n)).filter((i) => i >= 0)
  let x = named(columns, render.xColumn)
  const kind = render.visualization ?? 'table'
  const taken = (i: number) => ys.includes(i) || series.includes(i)
  if (x < 0) {
    const times = /time|anomaly|line|area|ladder/.test(kind)
    const instant = columns.findIndex((c, i) => c.type === 'datetime' && !taken(i))
    const arrays = columns.findIndex((c, i) => isInstants(c, table.rows[0]?.[i]) && !taken(i))
    if (times && instant >= 0) x = instant
    else if (times && arrays >= 0) x = arrays
    else if (kind === 'scatterchart') x = columns.findIndex((c, i) => (isNumber(c.type) || c.type === 'datetime') && !taken(i))
    if (x < 0) x = columns.findIndex((_c, i) => !taken(i))
  }
  const arrays = isArray(table.rows[0]?.[x], columns[x])
  if (ys.length === 0) {
    columns.forEach((c, i) => {
      if (i === x || series.includes(i)) return
      if (isNumber(c.type) || c.type === 'timespan' || (arrays && isArray(table.rows[0]?.[i], c))) ys.push(i)
    })
  }
  if (series.length === 0 && !render.series?.length) {
    columns.forEach((c, i) => {
      if (i !== x && !ys.includes(i) && (c.type === 'string' || c.type === 'bool' || c.type === 'guid')) series.push(i)
    })
  }
  return { x, ys, series }
}

function isArray(v: Value | undefined, c: Column | undefined): boolean {
  return c?.type === 'dynamic' && Array.isArray(dynamicOf(v ?? null))
}

function isInstants(c: Column, v: Value | undefined): boolean {
  if (c.type !== 'dynamic') return false
  const list = dynamicOf(v ?? null)
  return Array.isArray(list) && typeof list[0] === 'string' && !Number.isNaN(Date.parse(list[0]))
}

export function numberOf(v: unknown, c?: Column): number | null {
  if (v === null || v === undefined || v === '') return null
  if (c?.type === 'timespan') return secondsOf(String(v))
  const n = Number(v)
  return Number.isFinite(n) ? n : null
}

/** The series of a chart. Results of make-series, with arrays in their cells, are drawn point by point. */
export function seriesOf(table: Table, shape: Shape, accumulate = false): Series[] {
  const { columns, rows } = table
  const byName = new Map<string, Series>()
  const add = (name: string, x: unknown, y: number | null) => {
    let s = byName.get(name)
    if (!s) byName.set(name, (s = { name, points: [] }))
    s.points.push([typeof x === 'number' ? x : textOf(x as Value), y])
  }
  for (const row of rows) {
    const label = shape.series.map((i) => textOf(row[i]) || '(empty)').join(', ')
    for (const y of shape.ys) {
      const name = label === '' ? columns[y].name : shape.ys.length > 1 ? `${label}: ${columns[y].name}` : label
      const xs = dynamicOf(row[shape.x])
      const values = dynamicOf(row[y])
      if (columns[shape.x]?.type === 'dynamic' && Array.isArray(xs) && Array.isArray(values)) xs.forEach((v, i) => add(name, v, numberOf(values[i])))
      else add(name, row[shape.x] ?? '', numberOf(row[y], columns[y]))
    }
  }
  const list = [...byName.values()]
  if (accumulate) {
    for (const s of list) {
      let sum = 0
      s.points = s.points.map(([x, y]) => [x, (sum += y ?? 0)])
    }
  }
  return list
}

/** The distinct x values in the order in which they come. */
export function categoriesOf(series: Series[]): string[] {
  const seen = new Set<string>()
  for (const s of series) for (const [x] of s.points) seen.add(String(x))
  return [...seen]
}

/** Rows as name and value: for pies and tiles. */
export function slicesOf(table: Table, shape: Shape, most: number): { name: string; value: number }[] {
  const y = shape.ys[0]
  if (y === undefined) return []
  const slices = table.rows.map((r: Row) => ({ name: [shape.x, ...shape.series].map((i) => textOf(r[i]) || '(empty)').join(', '), value: numberOf(r[y], table.columns[y]) ?? 0 }))
  slices.sort((a, b) => b.value - a.value)
  if (slices.length <= most) return slices
  const rest = slices.slice(most - 1)
  return [...slices.slice(0, most - 1), { name: `Other (${rest.length})`, value: rest.reduce((n, s) => n + s.value, 0) }]
}
