import type { Column, Render, Table, Value } from '../api/query'
import { dynamicOf, isNumber, secondsOf, textOf } from '../grid/format'
import { kindOf } from './render'

/** Which columns of a result a chart draws, by their places. */
export interface Shape {
  x: number
  ys: number[]
  series: number[]
  anomalies: number[]
}

const lines = ['linechart', 'areachart', 'stackedareachart', 'scatterchart']
const times = ['timechart', 'anomalychart']

/**
 * Picks the columns as Kusto documents it: what the query names, else for x the first column that works for the kind of
 * chart, for y all other columns of numbers, for series the remaining columns of names.
 */
export function shapeOf(table: Table, render: Render): Shape | { why: string } {
  const { columns } = table
  const kind = kindOf(render)
  const place = (name: string) => columns.findIndex((c) => c.name === name)
  const places = (names: string[] | null | undefined) => (names ?? []).map(place).filter((i) => i >= 0)
  const named = { ys: places(render.yColumns), series: places(render.series), anomalies: kind === 'anomalychart' ? places(render.anomalyColumns) : [] }
  const taken = new Set([...named.ys, ...named.series, ...named.anomalies])
  const first = (works: (c: Column, i: number) => boolean) => columns.findIndex((c, i) => !taken.has(i) && works(c, i))
  const arrays = columns.map((c, i) => (c.type === 'dynamic' ? arrayOf(table, i) : undefined))
  const instants = (c: Column, i: number) => c.type === 'datetime' || (arrays[i] !== undefined && isInstant(arrays[i][0]))
  const measure = (c: Column, i: number) => isNumber(c.type) || c.type === 'timespan' || (arrays[i] !== undefined && arrays[i].some((v) => typeof v === 'number'))
  const measuresWithout = (x: number) => (named.ys.length > 0 ? named.ys : columns.flatMap((c, i) => (i !== x && !taken.has(i) && measure(c, i) ? [i] : [])))

  let x = render.xColumn ? place(render.xColumn) : -1
  if (x >= 0 && times.includes(kind) && !instants(columns[x], x)) return { why: `A ${kind} needs a column of type datetime for x; ${columns[x].name} is of type ${columns[x].type}. A linechart takes it.` }
  if (x < 0) {
    x = times.includes(kind) || lines.includes(kind) ? first(instants) : -1
    if (x < 0 && times.includes(kind)) return { why: `A ${kind} needs a column of type datetime for x, or an array of datetimes as make-series makes it. A linechart takes others.` }
    if (x < 0 && lines.includes(kind)) x = first((_c, i) => arrays[i] !== undefined)
    if (x < 0 && kind === 'scatterchart') {
      x = first(measure)
      // The only number is for y.
      if (x >= 0 && measuresWithout(x).length === 0) x = -1
    }
    if (x < 0) x = first(() => true)
    if (x >= 0 && measuresWithout(x).length === 0) {
      const other = first((c, i) => !measure(c, i))
      if (other >= 0) x = other
    }
  }
  if (x < 0) return { why: `A ${kind} needs a column for x besides those for y.` }
  const overArrays = arrays[x] !== undefined
  const ys = measuresWithout(x).filter((i) => i !== x && (named.ys.length > 0 || (arrays[i] !== undefined) === overArrays))
  if (ys.length === 0) {
    const rest = columns.length === 1 ? 'The result has only one column.' : 'Summarize first, for example by count().'
    return { why: `A ${kind} needs a column of numbers for y. ${rest}` }
  }
  const bad = ys.find((i) => !measure(columns[i], i))
  if (bad !== undefined && table.rows.length > 0) return { why: `${columns[bad].name} cannot be y: it is of type ${columns[bad].type}, not a number.` }
  const series = named.series.length > 0 ? named.series : columns.flatMap((c, i) => (i !== x && !ys.includes(i) && !taken.has(i) && (c.type === 'string' || c.type === 'bool' || c.type === 'guid') ? [i] : []))
  return { x, ys, series, anomalies: named.anomalies }
}

/** The first array in a column of dynamics. */
function arrayOf(table: Table, column: number): unknown[] | undefined {
  for (let r = 0; r < Math.min(50, table.rows.length); r++) {
    const v = dynamicOf(table.rows[r][column])
    if (Array.isArray(v) && v.length > 0) return v
    if (v !== null && v !== '' && !Array.isArray(v)) return undefined
  }
  return undefined
}

const isInstant = (v: unknown) => typeof v === 'string' && /^\d{4}-\d\d-\d\d/.test(v) && !Number.isNaN(Date.parse(v))

/** A value as a number: timespans in seconds, instants in milliseconds; null for what is none, NaN and the infinities too. */
export function numberOf(v: unknown, c?: Column): number | null {
  if (v === null || v === undefined || v === '') return null
  if (c?.type === 'timespan') return secondsOf(String(v))
  if (c?.type === 'datetime') return instantOf(v)
  const n = Number(v)
  return Number.isFinite(n) ? n : null
}

export function instantOf(v: unknown): number | null {
  const ms = typeof v === 'string' ? Date.parse(v) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

/** What a name stands for, in a legend too: the empty one must be seen. */
export const nameOf = (v: Value) => textOf(v) || '(empty)'
