import type { EChartsCoreOption } from 'echarts/core'
import type { Render, Table } from '../api/query'
import { secondsOf } from '../grid/format'
import { aligned, dataOf, filler, shares, stepOf, type Data, type Point, type Series } from './data'
import { frame, showsLegend, titleOf, topOf, type DrawOptions, type Drawing, type Entry, type Facts } from './frame'
import { lookOf } from './palette'
import { kindOf } from './render'
import type { Shape } from './shape'
import { escaped, shortened, spanStep, spanText, tickText, timeText, valueText, type Measure } from './values'

const mostPanels = 5

interface Group {
  name: string
  series: Series[]
  measure: Measure
}

interface Look extends Entry {
  series: Series
}

/** Lines, areas, bars, columns and clouds: everything with an x and a y axis. */
export function axesChart(table: Table, shape: Shape, render: Render, o: DrawOptions): Drawing {
  const kind = kindOf(render)
  const mark = kind === 'scatterchart' ? 'scatter' : /bar|column|pivot/.test(kind) ? 'bar' : 'line'
  const horizontal = kind === 'barchart'
  const notes: string[] = []
  const logY = render.yAxis === 'log'
  const percent = render.kind === 'stacked100'
  let stacked = percent || kind === 'stackedareachart' || render.kind === 'stacked'
  if (stacked && logY) {
    stacked = false
    notes.push('Nothing is stacked on a logarithmic axis: its lengths do not add up.')
  }
  const drawn: Shape = { ...shape, ys: shape.ys.filter((y) => !shape.anomalies.includes(y)) }
  const data = dataOf(table, drawn, render, { most: o.most ?? (o.compact ? 10 : 24), bars: mark === 'bar', scatter: mark === 'scatter', single: stacked, logX: render.xAxis === 'log', logY })
  notes.push(...data.notes)
  if (data.series.every((s) => s.points.every((p) => p.y === null))) return { kind: 'none', why: [`There is no value of ${drawn.ys.map((i) => table.columns[i].name).join(', ')} to draw.`, ...data.notes].join(' ') }
  const looks = data.series.map((series, i): Look => ({ name: series.name, series, mark: /area/.test(kind) || mark === 'bar' ? 'box' : mark === 'line' ? 'line' : 'dot', ...(series.other ? { color: o.palette.faint, dash: 'dotted' as const } : lookOf(o.palette, i)) }))
  // The sum of many dwarfs each of the others, unless they stand on each other.
  const other = data.series.find((s) => s.other)
  const off = other && !stacked && mark !== 'scatter' ? new Set([other.name]) : undefined
  if (off && !o.hidden) notes.push(o.compact ? 'Their sum is not drawn.' : `${other!.name} is switched off, as it is larger than they are.`)
  const hidden = o.hidden ?? off
  const seen = (name: string) => !hidden?.has(name)

  let shown = data.series.filter((s) => seen(s.name))
  if (stacked) shown = aligned(shown)
  if (percent) shown = shares(shown)
  const negative = stacked && shown.some((s) => s.points.some((p) => (p.y ?? 0) < 0))
  if (negative && mark === 'line') notes.push('Negative values lower the stack.')
  const groups = groupsOf(render, data, shown, table, percent, notes)
  const marks = anomaliesOf(table, shape, render, data, groups, o, notes)
  const entries: Entry[] = [...looks, ...(marks ? [marks.entry] : [])]
  const step = data.x === 'category' ? 0 : stepOf(data.series)

  const panels = render.ySplit === 'panels' && groups.length > 1
  const xAxes = (panels ? groups : groups.slice(0, 1)).map((_g, i, all) => xAxisOf(table, data, render, o, { mark, horizontal, step, notes: i === 0 ? notes : [], labels: i === all.length - 1, grid: i }))
  const yAxes = groups.map((g, i) => yAxisOf(g, i, groups.length, render, o, { panels, percent, horizontal, scatter: mark === 'scatter', looks, notes: i === 0 ? notes : [] }))
  const long = horizontal && data.x === 'category' && data.categories.length > 30
  const legend = showsLegend(o, entries)
  const lookFor = new Map(looks.map((l) => [l.name, l]))
  const series = groups.flatMap((g, at) =>
    g.series.map((s) => ({
      ...drawnSeries(s, data, { mark, stacked, horizontal, area: /area/.test(kind) || (kind === 'timechart' && !!o.compact && shown.length === 1), alone: g.series.length === 1, look: lookFor.get(s.name)!, o }),
      [horizontal ? 'yAxisIndex' : 'xAxisIndex']: panels ? at : 0, [horizontal ? 'xAxisIndex' : 'yAxisIndex']: at,
    })),
  )
  const option: EChartsCoreOption = {
    ...frame(o, o.compact ? entries.filter((e) => seen(e.name)) : entries),
    title: titleOf(render.title, o),
    grid: gridsOf(panels ? groups : groups.slice(0, 1), topOf(render.title, o), legend ? 30 : 4, long, o),
    tooltip: {
      ...(frame(o, entries).tooltip as object), trigger: mark === 'scatter' ? 'item' : 'axis', axisPointer: pointerOf(mark, o),
      formatter: (p: Param | Param[]) => tip(Array.isArray(p) ? p : [p], { data, table, percent, looks: lookFor, horizontal, groups }),
    },
    axisPointer: panels ? { link: [{ [horizontal ? 'yAxisIndex' : 'xAxisIndex']: 'all' }] } : undefined,
    xAxis: horizontal ? yAxes : xAxes,
    yAxis: horizontal ? xAxes : yAxes,
    dataZoom: zooms({ compact: !!o.compact, horizontal, panels: xAxes.length, scatter: mark === 'scatter', long, o }),
    series: [...series, ...(marks?.series.map((m, at) => ({ ...m, xAxisIndex: panels ? at : 0, yAxisIndex: at })) ?? [])],
  }
  const guide = [...shown].sort((a, b) => b.points.length - a.points.length)[0]
  const guideAt = guide ? groups.flatMap((g) => g.series).findIndex((s) => s.name === guide.name) : 0
  const textAt = (i: number) => {
    const x = guide.points[i]?.x
    if (x === undefined) return ''
    const values = groups.flatMap((g) => g.series.flatMap((s) => s.points.filter((p) => p.x === x && p.y !== null && p.row !== filler).map((p) => ({ name: s.name, y: p.y!, m: g.measure }))))
    values.sort((a, b) => b.y - a.y)
    return `${xText(x, data)}: ${values.slice(0, 8).map((v) => `${v.name} ${valueText(v.y, v.m)}`).join(', ')}`
  }
  const facts: Facts = {
    entries, off, x: data.x, y: groups.map((g) => (logY ? 'log ' : '') + g.measure), columns: drawn, step, points: shown.reduce((n, s) => n + s.points.length, 0),
    numbers: groups.flatMap((g) => g.series.map((s) => numbersOf(s, g.measure))),
    at: guide && { count: guide.points.length, text: textAt, tip: (i) => ({ seriesIndex: guideAt, dataIndex: byPlace(data, mark, stacked) ? guide.points[i].x : i }) },
  }
  return { kind: 'chart', option, notes, facts }
}

/** What shares a y axis: everything, or with ysplit each column of y, or each series where there is one column. */
function groupsOf(render: Render, data: Data, shown: Series[], table: Table, percent: boolean, notes: string[]): Group[] {
  const measureOf = (column: number): Measure => (percent ? 'percent' : table.columns[column].type === 'timespan' ? 'span' : 'number')
  const split = render.ySplit === 'axes' || render.ySplit === 'panels'
  const several = data.shape.ys.length > 1
  if (!split || shown.length < 2) {
    const one = data.shape.ys.length === 1 ? table.columns[data.shape.ys[0]].name : ''
    return [{ name: render.yTitle ?? one, series: shown, measure: percent ? 'percent' : data.y }]
  }
  const groups: Group[] = []
  for (const s of shown) {
    const name = several ? table.columns[s.column].name : s.name
    const had = groups.find((g) => g.name === name)
    if (had) had.series.push(s)
    else groups.push({ name, series: [s], measure: measureOf(s.column) })
  }
  if (groups.length <= mostPanels) return groups
  const of = several ? 'columns' : 'series'
  if (render.ySplit === 'panels') {
    notes.push(`Kusto draws ${mostPanels} panels at most: ${groups.length - mostPanels} of ${groups.length} ${of} are not drawn.`)
    return groups.slice(0, mostPanels)
  }
  notes.push(`There is room for ${mostPanels} axes: the last one is shared by ${groups.length - mostPanels + 1} ${of}.`)
  const last = groups.slice(mostPanels - 1)
  return [...groups.slice(0, mostPanels - 1), { name: last.map((g) => g.name).join(', '), series: last.flatMap((g) => g.series), measure: last[0].measure }]
}

interface XWants {
  mark: string
  horizontal: boolean
  step: number
  notes: string[]
  labels: boolean
  grid: number
}

function xAxisOf(table: Table, data: Data, render: Render, o: DrawOptions, w: XWants): object {
  const { palette } = o
  const name = render.xTitle ?? (data.x === 'number' || data.x === 'span' ? table.columns[data.shape.x].name : undefined)
  const log = render.xAxis === 'log' && data.x === 'number'
  if (render.xAxis === 'log' && !log) w.notes.push(`The x axis is not one of numbers; xaxis=log does nothing.`)
  const [from, to] = limits(render.xMin, render.xMax, data.x, 'xmin', 'xmax', w.notes)
  const all = data.series.flatMap((s) => (s.points.length > 0 ? [s.points[0].x, s.points[s.points.length - 1].x] : []))
  const pad = w.mark === 'bar' && data.x !== 'category' ? w.step / 2 : 0
  const least = Math.min(...all)
  const largest = Math.max(...all)
  const fewBars = pad === 0 && w.mark === 'bar' && data.x !== 'category'
  const axis = {
    gridIndex: w.grid, name: o.compact || !w.labels ? undefined : name, nameLocation: 'middle', nameGap: 8, nameTextStyle: { color: palette.faint, fontSize: 12 },
    axisLine: { show: true, lineStyle: { color: palette.line }, onZero: false }, axisTick: { show: false }, splitLine: { show: w.mark === 'scatter', lineStyle: { color: palette.line } },
  }
  const label = { show: w.labels, color: palette.faint, fontSize: 11, hideOverlap: true }
  if (data.x === 'category') {
    const width = o.width ?? (o.compact ? 420 : 900)
    const longest = Math.min(28, Math.max(...data.categories.map((c) => c.length), 1))
    const tight = !w.horizontal && longest * 6.4 + 12 > width / data.categories.length
    // Slanted names need the height of a line each; where there is none, some are left out.
    const room = width / data.categories.length
    const slanted = tight && room >= 15
    return {
      ...axis, type: 'category', data: data.categories, inverse: w.horizontal, boundaryGap: w.mark !== 'line',
      axisLabel: { ...label, formatter: (v: string) => shortened(v, w.horizontal ? Math.max(12, Math.min(38, Math.floor(width / 15))) : width < 560 ? 14 : slanted ? 24 : 28), rotate: slanted ? (room >= 20 ? 38 : 55) : 0, interval: slanted || (w.horizontal && data.categories.length <= 30) ? 0 : 'auto', hideOverlap: !slanted },
    }
  }
  const range = { min: from ?? (pad > 0 ? least - pad : fewBars ? least - 0.5 * unitOf(data.x) : undefined), max: to ?? (pad > 0 ? largest + pad : fewBars ? largest + 0.5 * unitOf(data.x) : undefined) }
  if (data.x === 'time') {
    return { ...axis, ...range, type: 'time', splitNumber: o.compact ? 3 : Math.max(2, Math.round((o.width ?? 900) / 130)), axisLabel: { ...label, formatter: timeFormat }, axisPointer: { label: { formatter: (p: { value: number }) => timeText(Math.round(p.value)) } } }
  }
  const measure = data.x === 'span' ? 'span' : 'number'
  return {
    ...axis, ...range, type: log ? 'log' : 'value', scale: true, interval: data.x === 'span' && largest > least ? spanStep(largest - least) : undefined,
    axisLabel: { ...label, formatter: (v: number) => tickText(v, measure) }, axisPointer: { label: { formatter: (p: { value: number }) => tickText(p.value, measure) } },
  }
}

/** What a bar that stands alone is wide, on its axis. */
const unitOf = (x: Data['x']) => (x === 'time' ? 3600_000 : 1)

/** How instants stand beside an axis: where a day begins, its date. */
export const timeFormat = { year: '{yyyy}', month: '{MMM} {yyyy}', day: '{MMM} {d}', hour: '{HH}:{mm}', minute: '{HH}:{mm}', second: '{HH}:{mm}:{ss}', millisecond: '{HH}:{mm}:{ss}.{SSS}', none: '{HH}:{mm}:{ss}.{SSS}' }

interface YWants {
  panels: boolean
  percent: boolean
  horizontal: boolean
  scatter: boolean
  looks: Look[]
  notes: string[]
}

function yAxisOf(g: Group, at: number, count: number, render: Render, o: DrawOptions, w: YWants): object {
  const { palette } = o
  const [min, max] = limits(render.yMin, render.yMax, g.measure === 'span' ? 'span' : 'number', 'ymin', 'ymax', w.notes)
  const log = render.yAxis === 'log' && !w.percent
  const beside = count > 1 && !w.panels
  const color = beside ? w.looks.find((l) => l.name === g.series[0]?.name)?.color : undefined
  const [least, largest] = reachOf(g)
  const whole = g.measure === 'number' && g.series.every((s) => s.points.every((p) => p.y === null || Number.isInteger(p.y)))
  return {
    type: log ? 'log' : 'value', gridIndex: w.panels ? at : 0, position: beside && at > 0 ? 'right' : w.horizontal ? 'bottom' : 'left', offset: beside && at > 1 ? (at - 1) * 56 : 0,
    name: o.compact ? undefined : shortened(g.name, 36) || undefined,
    nameLocation: 'middle', nameGap: 8, nameTextStyle: { color: color ?? palette.faint, fontSize: 12 }, min: log && (min ?? 1) <= 0 ? undefined : min, max: max ?? (w.percent ? 100 : undefined),
    interval: g.measure === 'span' && !log && largest > least ? spanStep((max ?? largest) - (min ?? least)) : undefined, minInterval: whole && !log ? 1 : undefined,
    axisLine: { show: beside, lineStyle: { color: color ?? palette.line } }, axisTick: { show: false }, axisLabel: { color: color ?? palette.faint, fontSize: 11, hideOverlap: true, formatter: (v: number) => tickText(v, g.measure) },
    splitLine: { show: at === 0 || w.panels, lineStyle: { color: palette.line } }, scale: w.scatter, splitNumber: o.compact ? 3 : w.panels ? 3 : 5,
    axisPointer: { label: { formatter: (p: { value: number }) => tickText(Number(p.value), g.measure) } },
  }
}

/** The limits of an axis, as the query gives them. */
function limits(low: string | null | undefined, high: string | null | undefined, x: Data['x'], lowName: string, highName: string, notes: string[]): [number | undefined, number | undefined] {
  const parse = (text: string | null | undefined, name: string) => {
    if (!text || text === 'NaN') return undefined
    if (x === 'category') {
      notes.push(`${name} does nothing: the axis has names on it.`)
      return undefined
    }
    const n = x === 'time' ? Date.parse(text) : (x === 'span' ? secondsOf(text) : null) ?? Number(text)
    if (!Number.isFinite(n)) {
      notes.push(`${name} is no value of this axis.`)
      return undefined
    }
    return n
  }
  const a = parse(low, lowName)
  const b = parse(high, highName)
  if (a === undefined || b === undefined || a < b) return [a, b]
  notes.push(`${lowName} is not less than ${highName}; both do nothing.`)
  return [undefined, undefined]
}

function pointerOf(mark: string, o: DrawOptions) {
  const { palette } = o
  const label = { backgroundColor: palette.text, color: palette.surface, fontSize: 11, padding: [3, 6], show: !o.compact }
  return mark === 'bar' ? { type: 'shadow', label } : { type: o.compact ? 'line' : 'cross', label, lineStyle: { color: palette.faint }, crossStyle: { color: palette.faint } }
}

function gridsOf(groups: Group[], top: number, bottom: number, long: boolean, o: DrawOptions): object[] {
  const base = { left: 12, right: long ? 34 : o.compact ? 12 : 20 }
  if (groups.length === 1) return [{ ...base, top, bottom, outerBoundsMode: 'same', outerBoundsContain: 'all' }]
  // Panels stand under each other at one x, so the room for what is beside the axes is measured for all of them.
  const longest = Math.max(...groups.flatMap((g) => reachOf(g).map((y) => tickText(y, g.measure).length)))
  const left = 12 + (o.compact ? 0 : 22) + Math.max(3, longest) * 6.6
  // In percent, as the height is not known here: the last panel carries the names of x.
  const head = top > 20 ? 9 : 3
  const share = (100 - head - 2) / groups.length
  return groups.map((_g, i) => ({ ...base, left, top: `${head + i * share}%`, height: `${share - 4.5}%`, outerBoundsMode: 'none' }))
}

/** The least and the largest y, with zero among them. */
function reachOf(g: Group): [number, number] {
  let least = 0
  let largest = 0
  for (const s of g.series) {
    for (const p of s.points) {
      if (p.y === null) continue
      if (p.y > largest) largest = p.y
      if (p.y < least) least = p.y
    }
  }
  return [least, largest]
}

interface ZoomWants {
  compact: boolean
  horizontal: boolean
  panels: number
  scatter: boolean
  long: boolean
  o: DrawOptions
}

/** Wheels zoom with Ctrl, so that the page scrolls without; the panel does what is to be done by drag and key. */
function zooms(w: ZoomWants): object[] {
  if (w.compact) return []
  const along = Array.from({ length: w.panels }, (_x, i) => i)
  const inside = { type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false, moveOnMouseMove: false, preventDefaultMouseMove: false }
  const list: object[] = [{ ...inside, id: 'along', ...(w.horizontal ? { yAxisIndex: along } : { xAxisIndex: along }), filterMode: w.scatter ? 'none' : 'filter' }]
  if (w.scatter) list.push({ ...inside, id: 'up', yAxisIndex: 0, filterMode: 'none' })
  if (w.long) list[0] = { ...list[0], startValue: 0, endValue: 24 }
  if (w.long) list.push({ type: 'slider', id: 'slider', yAxisIndex: 0, width: 14, right: 8, startValue: 0, endValue: 24, showDetail: false, brushSelect: false, borderColor: 'transparent', fillerColor: w.o.palette.line, handleSize: 0, showDataShadow: false, zoomLock: true })
  return list
}

interface Style {
  mark: 'line' | 'bar' | 'scatter'
  stacked: boolean
  horizontal: boolean
  area: boolean
  /** Whether no other series stands in the same place. */
  alone: boolean
  look: Look
  o: DrawOptions
}

function drawnSeries(s: Series, data: Data, style: Style): Record<string, unknown> {
  const { mark, look, o, stacked, horizontal } = style
  const value = (p: Point) => (horizontal ? [p.y, p.x, p.row] : [p.x, p.y, p.row])
  const n = s.points.length
  const alone = mark === 'line' && !stacked && n < 20_000 ? lonely(s.points) : undefined
  let points = s.points
  // Bars and stacks find their place by index where x has names.
  if (byPlace(data, mark, stacked)) {
    const at = new Map(points.map((p) => [p.x, p]))
    points = data.categories.map((_c, x) => at.get(x) ?? { x, y: null, row: filler })
  }
  const items = alone && alone.size > 0 ? points.map((p, i) => ({ value: value(p), symbol: alone.has(i) ? 'circle' : 'none' })) : points.map(value)
  const few = n <= 1 || (alone?.size ?? 0) > 0
  return {
    name: s.name, type: mark, data: items, color: look.color, stack: stacked ? 'all' : undefined, stackStrategy: mark === 'bar' ? 'samesign' : 'all',
    areaStyle: mark === 'line' && (style.area || stacked) ? { opacity: stacked ? 0.75 : style.alone ? 0.22 : 0.1 } : undefined,
    lineStyle: { width: o.compact ? 1.6 : 1.9, type: look.dash, color: look.color }, showSymbol: few, symbol: 'circle', symbolSize: mark === 'scatter' ? (n > 20_000 ? 2 : n > 3000 ? 4 : 7) : 6,
    barMaxWidth: 64, barMinHeight: 0, barGap: '8%', large: mark !== 'line' && n > 3000, sampling: mark === 'line' && n > 2000 && !few ? 'lttb' : undefined,
    emphasis: { focus: 'none', ...(mark === 'line' ? { lineStyle: { width: 2.6 } } : {}) }, connectNulls: false, clip: true,
    itemStyle: mark === 'bar' ? { color: look.color, ...(stacked ? { borderColor: o.palette.surface, borderWidth: n > 300 ? 0 : 0.6 } : { borderRadius: style.horizontal ? [0, 2, 2, 0] : [2, 2, 0, 0] }) } : { color: look.color, opacity: mark === 'scatter' ? (n > 20_000 ? 0.4 : 0.75) : 1 },
  }
}

/** Whether a point's place in its series is that of its category: so it is with bars and stacks. */
const byPlace = (data: Data, mark: string, stacked: boolean) => data.x === 'category' && (mark === 'bar' || (mark === 'line' && stacked))

/** The points without a neighbour on either side: no line leads to them. */
function lonely(points: Point[]): Set<number> {
  const found = new Set<number>()
  if (!points.some((p) => p.y === null)) return found
  points.forEach((p, i) => {
    if (p.y !== null && (points[i - 1]?.y ?? null) === null && (points[i + 1]?.y ?? null) === null) found.add(i)
  })
  return found
}

/** The points that series_decompose_anomalies marked, in the colour of alarm: a cloud for each group. */
function anomaliesOf(table: Table, shape: Shape, render: Render, data: Data, groups: Group[], o: DrawOptions, notes: string[]): { entry: Entry; series: Record<string, unknown>[] } | undefined {
  if (kindOf(render) !== 'anomalychart') return undefined
  if (shape.anomalies.length === 0) {
    notes.push('No anomalies are marked: name their columns with anomalycolumns; series_decompose_anomalies() finds them.')
    return undefined
  }
  const name = shape.anomalies.map((i) => table.columns[i].name).join(', ')
  const entry: Entry = { name, color: o.palette.alarm, dash: 'solid', mark: 'dot' }
  if (o.hidden?.has(name)) return { entry, series: [] }
  const flags = dataOf(table, { ...shape, ys: shape.anomalies }, { visualization: 'anomalychart' }, { most: Infinity })
  // Series of the same rows have the same name, but for the column behind it where there are several.
  const labelOf = (s: Series, ys: number) => (ys > 1 ? s.name.slice(0, -table.columns[s.column].name.length) : shape.series.length > 0 ? s.name + ': ' : '')
  let found = 0
  const series = groups.map((g) => {
    const points = g.series.flatMap((s) => {
      const column = shape.anomalies[Math.max(0, data.shape.ys.indexOf(s.column))]
      const flag = flags.series.find((f) => f.column === column && trimmed(labelOf(f, shape.anomalies.length)) === trimmed(labelOf(s, data.shape.ys.length)))
      const at = new Map(flag?.points.map((p) => [p.x, p.y]))
      return s.points.filter((p) => p.y !== null && (at.get(p.x) ?? 0) !== 0).map((p) => [p.x, p.y, p.row])
    })
    found += points.length
    return { name, type: 'scatter', symbolSize: 9, color: o.palette.alarm, itemStyle: { color: o.palette.alarm, borderColor: o.palette.surface, borderWidth: 1 }, z: 5, data: points }
  })
  if (found === 0) notes.push('None of the points is an anomaly.')
  return { entry, series }
}

const trimmed = (label: string) => label.replace(/: $/, '')

interface Param {
  seriesName: string
  seriesIndex: number
  dataIndex: number
  value: (number | null)[]
  color: string
  axisValue?: number | string
}

interface TipWants {
  data: Data
  table: Table
  percent: boolean
  looks: Map<string, Look>
  horizontal: boolean
  groups: Group[]
}

const mostInTip = 14

/** The values at one x, the largest first, and their sum. */
function tip(params: Param[], w: TipWants): string {
  if (params.length === 0) return ''
  const place = (p: Param) => (w.horizontal ? p.value[1] : p.value[0]) as number
  const measureFor = new Map(w.groups.flatMap((g) => g.series.map((s) => [s.name, g.measure] as const)))
  const list = params.flatMap((p) => {
    const y = w.horizontal ? p.value[0] : p.value[1]
    return y === null || y === undefined || p.value[2] === filler ? [] : [{ name: p.seriesName, y, color: w.looks.get(p.seriesName)?.color ?? p.color, x: place(p) }]
  })
  list.sort((a, b) => b.y - a.y)
  const head = `<div style="font-weight:600;margin-bottom:3px">${escaped(xText(place(params[0]), w.data))}</div>`
  if (list.length === 0) return head + '<div>no value</div>'
  const lines = list.slice(0, mostInTip).map((l) => row(l.color, l.name, valueText(l.y, measureFor.get(l.name) ?? w.data.y)))
  if (list.length > mostInTip) lines.push(`<tr><td></td><td style="padding-right:16px">${list.length - mostInTip} more</td><td></td></tr>`)
  const measures = new Set(list.map((l) => measureFor.get(l.name)))
  if (list.length > 1 && measures.size === 1 && !w.percent) lines.push(`<tr style="font-weight:600"><td></td><td style="padding:2px 16px 0 0">Total</td><td style="text-align:right;padding-top:2px">${valueText(list.reduce((n, l) => n + l.y, 0), [...measures][0] ?? w.data.y)}</td></tr>`)
  return head + `<table style="border-spacing:0">${lines.join('')}</table>`
}

const row = (color: string, name: string, value: string) =>
  `<tr><td style="padding-right:6px"><span style="display:inline-block;width:9px;height:9px;border-radius:2px;background:${color}"></span></td><td style="padding-right:16px">${escaped(shortened(name, 48))}</td><td style="text-align:right;font-variant-numeric:tabular-nums">${value}</td></tr>`

/** A value of x in words. */
function xText(x: number, data: Data): string {
  switch (data.x) {
    case 'time':
      return timeText(x)
    case 'span':
      return spanText(x)
    case 'number':
      return valueText(x, 'number')
    case 'category':
      return data.categories[x] ?? ''
  }
}

function numbersOf(s: Series, m: Measure): Facts['numbers'][number] {
  let least = Infinity
  let largest = -Infinity
  let last: number | null = null
  let n = 0
  for (const p of s.points) {
    if (p.y === null || p.row === filler) continue
    n++
    last = p.y
    if (p.y < least) least = p.y
    if (p.y > largest) largest = p.y
  }
  return { name: s.name, points: n, least: valueText(n > 0 ? least : null, m), largest: valueText(n > 0 ? largest : null, m), last: valueText(last, m) }
}
