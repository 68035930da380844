import type { EChartsCoreOption } from 'echarts/core'
import type { Render, Table } from '../api/query'
import { cellText, isNumber, textOf } from '../grid/format'
import { short } from '../parts/numbers'
import { ladderOption, mapOption } from './special'
import type { Palette } from './palette'
import { categoriesOf, numberOf, seriesOf, shapeOf, slicesOf, type Series, type Shape } from './shape'

/** What to show for a result: a chart, big numbers, or why there is no chart. */
export type Drawing = { kind: 'chart'; option: EChartsCoreOption; needsMap?: boolean } | { kind: 'card'; values: { name: string; value: string }[] } | { kind: 'none'; why: string }

/** The kinds of charts that are drawn, in the order of the chooser. */
export const chartKinds = [
  'timechart', 'linechart', 'areachart', 'stackedareachart', 'columnchart', 'barchart', 'piechart', 'scatterchart', 'anomalychart', 'treemap', 'card', 'pivotchart', 'ladderchart', 'timepivot',
] as const

const mostSeries = 60
const mostSlices = 40

export interface DrawOptions {
  palette: Palette
  /** A small chart on a board: less around it. */
  compact?: boolean
  legend?: boolean
}

/** Draws a result as its render says. */
export function draw(table: Table, render: Render, o: DrawOptions): Drawing {
  const kind = (render.visualization ?? 'table').toLowerCase()
  if (table.rows.length === 0) return { kind: 'none', why: 'There are no rows to draw.' }
  const shape = shapeOf(table, render)
  switch (kind) {
    case 'card':
      return { kind: 'card', values: table.columns.map((c, i) => ({ name: c.name, value: cardText(table, i) })) }
    case 'piechart':
      return shape.ys.length === 0 ? noNumber(kind) : { kind: 'chart', option: pie(table, shape, render, o) }
    case 'treemap':
      return shape.ys.length === 0 ? noNumber(kind) : { kind: 'chart', option: treemap(table, shape, o) }
    case 'scatterchart':
      if (render.kind === 'map') return { kind: 'chart', option: mapOption(table, o), needsMap: true }
      return shape.ys.length === 0 ? noNumber(kind) : { kind: 'chart', option: axes(table, shape, render, o, 'scatter') }
    case 'ladderchart':
    case 'timepivot':
      return ladderOption(table, render, o)
    case 'timechart':
    case 'linechart':
    case 'anomalychart':
    case 'areachart':
    case 'stackedareachart':
      return shape.ys.length === 0 ? noNumber(kind) : { kind: 'chart', option: axes(table, shape, render, o, 'line') }
    case 'columnchart':
    case 'barchart':
    case 'pivotchart':
      return shape.ys.length === 0 ? noNumber(kind) : { kind: 'chart', option: axes(table, shape, render, o, 'bar') }
    case 'table':
      return { kind: 'none', why: 'The query asks for a table.' }
  }
  return { kind: 'none', why: `Charts of the kind ${kind} are not drawn here; the rows are in the grid. Drawn are ${chartKinds.join(', ')}.` }
}

const noNumber = (kind: string): Drawing => ({ kind: 'none', why: `A ${kind} needs a column of numbers. Summarize first, for example by count().` })

function cardText(table: Table, i: number): string {
  const v = table.rows[0][i]
  const n = numberOf(v)
  return isNumber(table.columns[i].type) && n !== null ? (Math.abs(n) < 1e6 ? n.toLocaleString('en-US', { maximumFractionDigits: 2 }) : short(n)) : cellText(v, table.columns[i].type)
}

/** What all charts share. */
export function frame(o: DrawOptions, names: string[]): EChartsCoreOption {
  const { palette } = o
  const legend = o.legend !== false && names.length > 1
  return {
    color: palette.series,
    backgroundColor: 'transparent',
    animationDuration: 200,
    useUTC: true,
    textStyle: { fontFamily: '"Segoe UI Variable", "Segoe UI", system-ui, sans-serif', color: palette.text },
    legend: { show: legend, type: 'scroll', formatter: (name: string) => (name.length > 44 ? name.slice(0, 43) + '…' : name), bottom: 0, left: 8, right: 8, icon: 'roundRect', itemWidth: 10, itemHeight: 10, textStyle: { color: palette.text, fontSize: 12 }, pageTextStyle: { color: palette.text }, pageIconColor: palette.text },
    tooltip: { confine: true, backgroundColor: palette.surface, borderColor: palette.line, textStyle: { color: palette.text, fontSize: 12 }, extraCssText: 'max-height:320px;overflow:auto' },
    aria: { enabled: true },
  }
}

function pie(table: Table, shape: Shape, render: Render, o: DrawOptions): EChartsCoreOption {
  const data = slicesOf(table, shape, Math.min(mostSlices, o.compact ? 8 : 16))
  const base = frame(o, data.map((d) => d.name))
  return {
    ...base,
    title: titleOf(render, o),
    tooltip: { ...(base.tooltip as object), trigger: 'item', formatter: '{b}: <b>{c}</b> ({d} %)' },
    series: [{
      type: 'pie', radius: o.compact ? ['42%', '72%'] : ['40%', '70%'], center: ['50%', '46%'], data, itemStyle: { borderColor: o.palette.surface, borderWidth: 2 },
      label: { show: !o.compact, color: o.palette.text, formatter: '{b}: {d} %' },
    }],
  }
}

function treemap(table: Table, shape: Shape, o: DrawOptions): EChartsCoreOption {
  const base = frame({ ...o, legend: false }, [])
  return {
    ...base,
    tooltip: { ...(base.tooltip as object), trigger: 'item' },
    series: [{ type: 'treemap', roam: false, nodeClick: false, breadcrumb: { show: false }, data: slicesOf(table, shape, 200), left: 8, right: 8, top: 8, bottom: 8, itemStyle: { borderColor: o.palette.surface } }],
  }
}

function titleOf(render: Render, o: DrawOptions) {
  return render.title && !o.compact ? { text: render.title, left: 'center', textStyle: { fontSize: 14, fontWeight: 600, color: o.palette.text } } : undefined
}

/** Lines, areas, bars, columns and clouds: everything with an x and a y axis. */
function axes(table: Table, shape: Shape, render: Render, o: DrawOptions, mark: 'line' | 'bar' | 'scatter'): EChartsCoreOption {
  const kind = (render.visualization ?? '').toLowerCase()
  let list = seriesOf(table, shape, render.accumulate).slice(0, mostSeries)
  const first = list[0]?.points[0]?.[0]
  const xColumn = table.columns[shape.x]
  const time = xColumn?.type === 'datetime' || (xColumn?.type === 'dynamic' && typeof first === 'string' && !Number.isNaN(Date.parse(first)))
  const numeric = !time && mark !== 'bar' && xColumn !== undefined && (isNumber(xColumn.type) || typeof first === 'number')
  const horizontal = kind === 'barchart'
  const categories = time || numeric ? undefined : categoriesOf(list)
  const percent = render.kind === 'stacked100'
  const stacked = percent || kind === 'stackedareachart' || render.kind === 'stacked' || (mark === 'bar' && render.kind !== 'unstacked' && list.length > 1)
  if (stacked && !categories) list = aligned(list)
  const base = frame(o, list.map((s) => s.name))
  const logX = render.xAxis === 'log'
  const xAxis = {
    type: time ? 'time' : numeric ? (logX ? 'log' : 'value') : 'category', data: categories, name: o.compact ? undefined : (render.xTitle ?? undefined), nameLocation: 'middle', nameGap: 28,
    axisLine: { lineStyle: { color: o.palette.line } }, axisLabel: { color: o.palette.faint, fontSize: 11, hideOverlap: true, formatter: categories ? labelOf : undefined },
    axisTick: { show: false }, inverse: horizontal && !time, scale: numeric,
  }
  const yAxis = {
    type: render.yAxis === 'log' ? 'log' : 'value', name: o.compact ? undefined : (render.yTitle ?? undefined), nameLocation: 'middle', nameGap: 44, min: limit(render.yMin), max: percent ? 100 : limit(render.yMax),
    axisLabel: { color: o.palette.faint, fontSize: 11, formatter: (v: number) => short(v) + (percent ? ' %' : '') }, splitLine: { lineStyle: { color: o.palette.line } }, scale: mark === 'scatter',
  }
  const legend = (base.legend as { show: boolean }).show
  const zoom = !o.compact && (categories?.length ?? 100) > 12 && !horizontal
  return {
    ...base,
    title: titleOf(render, o),
    tooltip: { ...(base.tooltip as object), trigger: mark === 'scatter' ? 'item' : 'axis', axisPointer: { type: mark === 'bar' ? 'shadow' : 'line' }, valueFormatter: (v: unknown) => (typeof v === 'number' ? v.toLocaleString('en-US', { maximumFractionDigits: 3 }) : '–') },
    grid: { left: 12, right: 18, top: render.title && !o.compact ? 40 : 16, bottom: (legend ? 30 : 6) + (zoom ? 34 : 0), outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: horizontal ? yAxis : xAxis,
    yAxis: horizontal ? xAxis : yAxis,
    dataZoom: zoom ? [{ type: 'inside' }, { type: 'slider', height: 18, bottom: legend ? 34 : 8, borderColor: 'transparent', textStyle: { color: o.palette.faint } }] : o.compact ? [] : [{ type: 'inside' }],
    series: [
      ...list.map((s) => drawn(percent ? shares(s, list) : s, categories, { mark, stacked, horizontal, area: /area/.test(kind) || (kind === 'timechart' && !!o.compact && list.length === 1), compact: !!o.compact, time })),
      ...anomalies(table, shape, render, o),
    ],
  }
}

/** A long name, shortened: of a path the end says more. */
const labelOf = (v: string) => (v.length <= 28 ? v : v.includes('/') ? '…' + v.slice(-27) : v.slice(0, 27) + '…')

/** The series with a point at each x that any of them has: what stacks must stand on the same ground. */
function aligned(list: Series[]): Series[] {
  const xs = [...new Set(list.flatMap((s) => s.points.map(([x]) => x)))].sort((a, b) => (a < b ? -1 : 1))
  return list.map((s) => {
    const at = new Map(s.points)
    return { name: s.name, points: xs.map((x) => [x, at.get(x) ?? 0]) }
  })
}

const limit = (text: string | null | undefined) => {
  const n = text ? Number(text) : Number.NaN
  return Number.isFinite(n) ? n : undefined
}

interface Style {
  mark: 'line' | 'bar' | 'scatter'
  stacked: boolean
  horizontal: boolean
  area: boolean
  compact: boolean
  time: boolean
}

function drawn(s: Series, categories: string[] | undefined, style: Style) {
  let data: unknown[] = s.points
  if (categories) {
    const at = new Map(s.points.map(([x, y]) => [String(x), y]))
    data = categories.map((c) => at.get(c) ?? null)
  } else if (style.horizontal) data = s.points.map(([x, y]) => [y, x])
  if (style.time && !style.horizontal) data = [...s.points].sort((a, b) => (a[0] < b[0] ? -1 : 1))
  return {
    name: s.name, type: style.mark, data, stack: style.stacked ? 'all' : undefined,
    areaStyle: style.mark === 'line' && (style.area || style.stacked) ? { opacity: style.stacked ? 0.7 : 0.18 } : undefined,
    showSymbol: style.mark === 'line' && s.points.length === 1, symbolSize: style.mark === 'scatter' ? 7 : 5, lineStyle: { width: style.compact ? 1.6 : 1.8 },
    barMaxWidth: 42, large: style.mark !== 'line' && s.points.length > 2000, sampling: style.mark === 'line' ? 'lttb' : undefined, emphasis: { focus: style.compact ? 'none' : 'series' },
    itemStyle: style.mark === 'bar' && !style.stacked ? { borderRadius: style.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] } : undefined,
  }
}

/** Each point as its share of all series at that x, in percent. */
function shares(s: Series, all: Series[]): Series {
  const sums = new Map<string, number>()
  for (const other of all) for (const [x, y] of other.points) sums.set(String(x), (sums.get(String(x)) ?? 0) + (y ?? 0))
  return { name: s.name, points: s.points.map(([x, y]) => [x, y === null ? null : (100 * y) / (sums.get(String(x)) || 1)]) }
}

/** The points that series_decompose_anomalies marked, in the colour of alarm. */
function anomalies(table: Table, shape: Shape, render: Render, o: DrawOptions) {
  if ((render.visualization ?? '') !== 'anomalychart') return []
  const marks = (render.anomalyColumns ?? []).map((n) => table.columns.findIndex((c) => c.name === n)).filter((i) => i >= 0)
  if (marks.length === 0) return []
  const values = seriesOf(table, { ...shape, ys: shape.ys.filter((y) => !marks.includes(y)).slice(0, 1) })
  const flags = seriesOf(table, { ...shape, ys: marks.slice(0, 1) })
  const data = values.flatMap((s, i) => s.points.filter((_p, j) => (flags[i]?.points[j]?.[1] ?? 0) !== 0))
  return [{ name: 'Anomalies', type: 'scatter', data, symbolSize: 9, itemStyle: { color: o.palette.alarm }, z: 5 }]
}

/** What a chart says to those who do not see it. */
export function summaryOf(table: Table, render: Render): string {
  const shape = shapeOf(table, render)
  const y = shape.ys.map((i) => table.columns[i].name).join(', ')
  const x = table.columns[shape.x]?.name ?? ''
  const last = table.rows.at(-1)
  return `${render.visualization ?? 'chart'} of ${y} by ${x}, ${table.rows.length} rows${last && shape.ys.length > 0 ? `; the last is ${textOf(last[shape.ys[0]])}` : ''}. The rows are in the grid.`
}
