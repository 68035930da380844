import type { Render, Row, Table, Value } from '../api/query'
import { dynamicOf, isNumber, secondsOf } from '../grid/format'
import { count, many } from '../parts/numbers'
import { instantOf, nameOf, numberOf, type Shape } from './shape'
import type { Measure } from './values'

/** A point that stands for many rows. */
const sumOfMany = -1

/** A point that no row has: a stack needs something to stand on. */
export const filler = -2

export interface Point {
  /** Milliseconds, a number, seconds, or the place of a category. */
  x: number
  y: number | null
  /** The row it comes from; sumOfMany for a sum of many rows, filler for none. */
  row: number
}

export interface Series {
  name: string
  /** The column of y. */
  column: number
  points: Point[]
  /** The sum of the series that are too many. */
  other?: boolean
}

/** A result as lines, bars or clouds. */
export interface Data {
  shape: Shape
  x: 'time' | 'number' | 'span' | 'category'
  categories: string[]
  series: Series[]
  y: Measure
  /** What the reader must know: what is left out, added up or not drawn. */
  notes: string[]
}

export interface DataOptions {
  /** The most series; the smallest of more are added up. */
  most: number
  bars?: boolean
  scatter?: boolean
  /** Whether each x may have one value only: what stacks. */
  single?: boolean
  logX?: boolean
  logY?: boolean
}

const mostCategories = 2000

/** The series of a result, in the order in which they come, each sorted by x. Results of make-series are taken apart point by point. */
export function dataOf(table: Table, shape: Shape, render: Render, o: DataOptions): Data {
  const { columns, rows } = table
  const notes: string[] = []
  const xColumn = columns[shape.x]
  const spread = xColumn.type === 'dynamic' && rows.some((r) => Array.isArray(dynamicOf(r[shape.x])))
  const xs = spread ? rows.flatMap((r) => asArray(r[shape.x])) : rows.map((r) => r[shape.x] as unknown)
  const x = kindOfX(xColumn.type, xs, spread, !!o.bars && !o.logX && !render.xMin && !render.xMax)
  const categories = new Map<string, number>()
  let withoutX = 0
  let beyond = 0
  const placeOf = (v: unknown): number | null => {
    switch (x) {
      case 'time':
        return instantOf(v)
      case 'span':
        return secondsOf(String(v))
      case 'number':
        return numberOf(v)
    }
    const name = nameOf((v ?? null) as Value)
    let at = categories.get(name)
    if (at === undefined) {
      if (categories.size >= mostCategories) {
        beyond++
        return null
      }
      categories.set(name, (at = categories.size))
    }
    return at
  }

  const byName = new Map<string, Series>()
  const several = shape.ys.length > 1
  let unreal = 0
  const label = (row: Row) => shape.series.map((i) => nameOf(row[i])).join(', ')
  const seriesFor = (name: string, column: number) => {
    const full = name === '' ? columns[column].name : several ? `${name}: ${columns[column].name}` : name
    // Names alone could clash between columns of y.
    const key = column + '\n' + full
    let s = byName.get(key)
    if (!s) byName.set(key, (s = { name: full, column, points: [] }))
    return s
  }
  const yOf = (v: unknown, column: number) => {
    const y = numberOf(v, columns[column].type === 'timespan' ? columns[column] : undefined)
    if (y === null && v !== null && v !== undefined && v !== '') unreal++
    return y
  }
  rows.forEach((row, r) => {
    const name = label(row)
    if (spread) {
      const at = asArray(row[shape.x])
      const places = at.map(placeOf)
      for (const column of shape.ys) {
        const values = asArray(row[column])
        const s = seriesFor(name, column)
        places.forEach((p, i) => p !== null && s.points.push({ x: p, y: yOf(values[i], column), row: r }))
      }
      return
    }
    const p = placeOf(row[shape.x])
    if (p === null) {
      if (x !== 'category') withoutX++
      return
    }
    for (const column of shape.ys) seriesFor(name, column).points.push({ x: p, y: yOf(row[column], column), row: r })
  })
  if (withoutX > 0) notes.push(`${many(withoutX, 'row')} without a value of ${xColumn.name} ${withoutX === 1 ? 'is' : 'are'} left out.`)
  if (beyond > 0) notes.push(`Only the first ${count(mostCategories)} values of ${xColumn.name} are drawn.`)
  if (unreal > 0) notes.push(`${many(unreal, 'value')} that ${unreal === 1 ? 'is' : 'are'} NaN, infinite or no number ${unreal === 1 ? 'is' : 'are'} left out.`)

  let series = [...byName.values()]
  // Categories keep the order of the rows, which is the query's; everything else is in order by itself.
  for (const s of series) if (!isSorted(s.points)) s.points.sort((a, b) => a.x - b.x)
  if (o.bars || o.single) {
    let merged = 0
    for (const s of series) merged += mergeSame(s)
    if (merged > 0) notes.push(`${many(merged, 'row')} with an ${xColumn.name} and series that had a row before ${merged === 1 ? 'is' : 'are'} added to it.`)
  }
  if (series.length > o.most) {
    notes.push(`The ${o.most - 1} largest of ${count(series.length)} series are drawn; the others are ${o.scatter ? 'drawn as one' : 'added up'}.`)
    series = limited(series, o.most, !!o.scatter)
  }
  if (render.accumulate) {
    for (const s of series) {
      let sum = 0
      s.points = s.points.map((p) => ({ ...p, y: p.y === null ? null : (sum += p.y) }))
    }
  }
  if (o.logY) {
    let low = 0
    for (const s of series) s.points = s.points.map((p) => (p.y !== null && p.y <= 0 ? (low++, { ...p, y: null }) : p))
    if (low > 0) notes.push(`${many(low, 'value')} of zero or less ${low === 1 ? 'has' : 'have'} no place on a logarithmic axis.`)
  }
  if (o.logX && x === 'number') {
    let low = 0
    for (const s of series) s.points = s.points.filter((p) => p.x > 0 || (low++, false))
    if (low > 0) notes.push(`${many(low, 'point')} at zero or less ${low === 1 ? 'has' : 'have'} no place on a logarithmic axis.`)
  }
  const spans = shape.ys.filter((i) => columns[i].type === 'timespan').length
  if (spans > 0 && spans < shape.ys.length && (render.ySplit ?? 'none') === 'none') notes.push('Timespans stand beside numbers as seconds; ysplit=axes or ysplit=panels keeps them apart.')
  return { shape, x, categories: [...categories.keys()], series, y: spans === shape.ys.length ? 'span' : 'number', notes }
}

const asArray = (v: Value): unknown[] => {
  const list = dynamicOf(v)
  return Array.isArray(list) ? list : []
}

function kindOfX(type: string, xs: unknown[], spread: boolean, mayBeNames: boolean): Data['x'] {
  if (type === 'datetime') return 'time'
  if (type === 'timespan') return mayBeNames && !isEven(xs.map((v) => secondsOf(String(v)))) ? 'category' : 'span'
  if (isNumber(type as never)) return mayBeNames && !isEven(xs.map((v) => numberOf(v))) ? 'category' : 'number'
  if (!spread) return 'category'
  const first = xs.find((v) => v !== null)
  if (typeof first === 'number') return 'number'
  return typeof first === 'string' && /^\d{4}-\d\d-\d\d/.test(first) && instantOf(first) !== null ? 'time' : 'category'
}

/**
 * Whether numbers under bars are a scale and not names: bins of a histogram lie evenly, the codes of errors do not. A few
 * numbers are names as well.
 */
function isEven(values: (number | null)[]): boolean {
  const list = [...new Set(values.filter((v) => v !== null))].sort((a, b) => a - b)
  if (list.length < 9) return false
  let least = Infinity
  for (let i = 1; i < list.length; i++) least = Math.min(least, list[i] - list[i - 1])
  return (list[list.length - 1] - list[0]) / least <= list.length * 3
}

function isSorted(points: Point[]): boolean {
  for (let i = 1; i < points.length; i++) if (points[i].x < points[i - 1].x) return false
  return true
}

/** Adds up what has the same x; the points are sorted. Returns how many points that were. */
function mergeSame(s: Series): number {
  const points: Point[] = []
  for (const p of s.points) {
    const last = points[points.length - 1]
    if (last && last.x === p.x) points[points.length - 1] = { ...last, y: last.y === null && p.y === null ? null : (last.y ?? 0) + (p.y ?? 0) }
    else points.push(p)
  }
  const merged = s.points.length - points.length
  s.points = points
  return merged
}

const sizeOf = (s: Series) => s.points.reduce((n, p) => n + Math.abs(p.y ?? 0), 0)

/** The largest series where they stood, and one for all others at the end. */
function limited(series: Series[], most: number, together: boolean): Series[] {
  const large = new Set([...series].map((s) => [s, sizeOf(s)] as const).sort((a, b) => b[1] - a[1]).slice(0, most - 1).map(([s]) => s))
  const rest = series.filter((s) => !large.has(s))
  const points = rest.flatMap((s) => s.points.map((p) => ({ ...p, row: sumOfMany }))).sort((a, b) => a.x - b.x)
  const other: Series = { name: `Other (${count(rest.length)})`, column: rest[0].column, points, other: true }
  if (!together) mergeSame(other)
  return [...series.filter((s) => large.has(s)), other]
}

/** The series with a point at each x that any of them has: what stacks must stand on the same ground. */
export function aligned(series: Series[]): Series[] {
  const xs = [...new Set(series.flatMap((s) => s.points.map((p) => p.x)))].sort((a, b) => a - b)
  return series.map((s) => {
    const at = new Map(s.points.map((p) => [p.x, p]))
    return { ...s, points: xs.map((x) => at.get(x) ?? { x, y: 0, row: filler }) }
  })
}

/** Each point as its share of all series at that x, in percent. Shares of negative values count by their size. */
export function shares(series: Series[]): Series[] {
  const sums = new Map<number, number>()
  for (const s of series) for (const p of s.points) sums.set(p.x, (sums.get(p.x) ?? 0) + Math.abs(p.y ?? 0))
  return series.map((s) => ({ ...s, points: s.points.map((p) => ({ ...p, y: p.y === null ? null : (100 * p.y) / (sums.get(p.x) || 1) })) }))
}

/** The least distance between two x, 0 if there are not two. */
export function stepOf(series: Series[]): number {
  const xs = [...new Set(series.flatMap((s) => s.points.map((p) => p.x)))].sort((a, b) => a - b)
  let least = Infinity
  for (let i = 1; i < xs.length; i++) least = Math.min(least, xs[i] - xs[i - 1])
  return Number.isFinite(least) ? least : 0
}

/** Rows as name and value, rows of one name added up, the smallest of more than the most as one. */
export function slicesOf(table: Table, shape: Shape, most: number): { slices: Slice[]; notes: string[] } {
  const y = shape.ys[0]
  const byName = new Map<string, Slice>()
  const notes: string[] = []
  let bad = 0
  table.rows.forEach((r, row) => {
    const value = numberOf(r[y], table.columns[y])
    if (value === null || value < 0) {
      if (value !== null || r[y] === 'NaN') bad++
      return
    }
    const name = [shape.x, ...shape.series].map((i) => nameOf(r[i])).join(', ')
    const had = byName.get(name)
    if (had) had.value += value
    else byName.set(name, { name, value, row })
  })
  if (bad > 0) notes.push(`${many(bad, 'value')} that ${bad === 1 ? 'is' : 'are'} negative or no number ${bad === 1 ? 'has' : 'have'} no slice.`)
  const slices = [...byName.values()].sort((a, b) => b.value - a.value)
  if (shape.ys.length > 1) notes.push(`Drawn is ${table.columns[y].name}; a chart of shares has one column of numbers.`)
  if (slices.length <= most) return { slices, notes }
  const rest = slices.slice(most - 1)
  notes.push(`The ${most - 1} largest of ${count(slices.length)} slices are drawn; the others are one.`)
  return { slices: [...slices.slice(0, most - 1), { name: `Other (${count(rest.length)})`, value: rest.reduce((n, s) => n + s.value, 0), row: sumOfMany }], notes }
}

export interface Slice {
  name: string
  value: number
  row: number
}
