import type { Render, Row, Table } from '../api/query'
import { secondsOf } from '../grid/format'
import { many } from '../parts/numbers'
import { timeFormat } from './axes'
import { frame, showsLegend, titleOf, topOf, type DrawOptions, type Drawing, type Entry } from './frame'
import { lookOf } from './palette'
import { kindOf } from './render'
import { instantOf, nameOf, numberOf } from './shape'
import { escaped, shortened, spanText, tickText, timeText, valueText } from './values'

const mostLines = 500
const linesInSight = 24

interface Bar {
  line: number
  from: number
  to: number
  name: string
  group: string
  row: number
}

/**
 * Bars from one x to another, a line for each name. A ladderchart has its x in the last two columns and its names in the
 * others; a timepivot pivots events on time, one column of names to a line.
 */
export function spansChart(table: Table, render: Render, o: DrawOptions): Drawing {
  const kind = kindOf(render)
  const { columns } = table
  const place = (name: string) => columns.findIndex((c) => c.name === name)
  const named = (render.series ?? []).map(place).filter((i) => i >= 0)
  const x = kind === 'ladderchart' ? ladderX(table) : pivotX(table, render.xColumn ? place(render.xColumn) : -1)
  if ('why' in x) return { kind: 'none', why: x.why }
  const names = kind === 'ladderchart' ? columns.flatMap((_c, i) => (i === x.from || i === x.to ? [] : [i])) : named.length > 0 ? named : pivotNames(table)
  const nameFor = (row: Row) => names.map((i) => nameOf(row[i])).join(', ') || 'all'
  const groupFor = (row: Row) => (kind === 'ladderchart' ? named.map((i) => nameOf(row[i])).join(', ') : nameFor(row))
  const type = columns[x.from].type
  const read = (v: unknown) => (type === 'datetime' ? instantOf(v) : type === 'timespan' ? secondsOf(String(v)) : numberOf(v))
  const text = (v: number) => (type === 'datetime' ? timeText(v) : type === 'timespan' ? spanText(v) : valueText(v, 'number'))

  const lines = new Map<string, number>()
  const groups = new Map<string, Bar[]>()
  const notes: string[] = []
  let without = 0
  let beyond = 0
  let count = 0
  table.rows.forEach((row, r) => {
    const from = read(row[x.from])
    const to = read(row[x.to])
    if (from === null && to === null) {
      without++
      return
    }
    const name = nameFor(row)
    let line = lines.get(name)
    if (line === undefined) {
      if (lines.size >= mostLines) {
        beyond++
        return
      }
      lines.set(name, (line = lines.size))
    }
    const group = groupFor(row)
    const bar = { line, from: Math.min(from ?? to!, to ?? from!), to: Math.max(from ?? to!, to ?? from!), name, group, row: r }
    count++
    const list = groups.get(group)
    if (list) list.push(bar)
    else groups.set(group, [bar])
  })
  if (without > 0) notes.push(`${many(without, 'row')} without a time ${without === 1 ? 'is' : 'are'} left out.`)
  if (beyond > 0) notes.push(`Only the first ${mostLines} lines are drawn.`)
  if (count === 0) return { kind: 'none', why: 'No row has a value to draw.' }
  const categories = [...lines.keys()]
  const colored = [...groups.keys()]
  const entries: Entry[] = colored.map((name, i) => ({ name: name || 'all', color: lookOf(o.palette, i).color, dash: 'solid', mark: 'box', text: kind === 'timepivot' ? many(groups.get(name)!.length, 'event') : undefined }))
  const long = categories.length > linesInSight
  const base = frame(o, entries)
  const legend = showsLegend(o, entries)
  const axisName = render.xTitle ?? undefined
  const limit = (v: string | null | undefined) => (v ? (type === 'datetime' ? instantOf(v) : (secondsOf(v) ?? numberOf(v))) : null) ?? undefined
  const all = [...groups.values()].flat()
  const least = all.reduce((n, b) => Math.min(n, b.from), Infinity)
  const largest = all.reduce((n, b) => Math.max(n, b.to), -Infinity)
  // A mark at the edge would be cut in half.
  const room = (largest - least) * 0.01
  const numbers = colored.slice(0, 50).map((g) => {
    const bars = groups.get(g)!
    return { name: g || 'all', points: bars.length, least: text(bars.reduce((n, b) => Math.min(n, b.from), Infinity)), largest: text(bars.reduce((n, b) => Math.max(n, b.to), -Infinity)), last: text(bars[bars.length - 1].to) }
  })
  return {
    kind: 'chart', notes,
    facts: {
      entries, x: type === 'datetime' ? 'time' : type === 'timespan' ? 'span' : 'number', y: ['category'], columns: { x: x.from, ys: [], series: names }, step: 0, points: count, numbers,
      at: { count: all.length, text: (i) => `${all[i].name}: ${text(all[i].from)}${all[i].to > all[i].from ? ` to ${text(all[i].to)}` : ''}`, tip: (i) => ({ seriesIndex: colored.indexOf(all[i].group), dataIndex: groups.get(all[i].group)!.indexOf(all[i]) }) },
    },
    option: {
      ...base,
      title: titleOf(render.title, o),
      tooltip: {
        ...(base.tooltip as object), trigger: 'item',
        formatter: (p: { value: number[]; seriesName: string }) => {
          const [line, from, to] = p.value
          const length = to > from ? `<br>${type === 'datetime' ? spanText((to - from) / 1000) : text(to - from)}` : ''
          return `<b>${escaped(categories[line])}</b><br>${text(from)}${to > from ? ` – ${text(to)}` : ''}${length}`
        },
      },
      grid: { left: 12, right: long ? 34 : 20, top: topOf(render.title, o), bottom: legend ? 30 : 4, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      xAxis: {
        type: type === 'datetime' ? 'time' : 'value', scale: true, min: limit(render.xMin) ?? least - room, max: limit(render.xMax) ?? largest + room, name: axisName, nameLocation: 'middle', nameGap: 8, nameTextStyle: { color: o.palette.faint },
        splitNumber: Math.max(2, Math.round((o.width ?? 900) / 150)), axisLine: { lineStyle: { color: o.palette.line } }, axisTick: { show: false },
        axisLabel: { color: o.palette.faint, fontSize: 11, hideOverlap: true, ...(type === 'datetime' ? { formatter: timeFormat } : { formatter: (v: number) => tickText(v, type === 'timespan' ? 'span' : 'number') }) }, splitLine: { show: true, lineStyle: { color: o.palette.line } },
      },
      yAxis: {
        type: 'category', data: categories, inverse: true, name: render.yTitle ?? undefined, nameLocation: 'middle', nameGap: 8, nameTextStyle: { color: o.palette.faint }, axisTick: { show: false }, axisLine: { lineStyle: { color: o.palette.line } },
        axisLabel: { color: o.palette.faint, fontSize: 11, formatter: (v: string) => shortened(v, (o.width ?? 900) < 560 ? 16 : 30), interval: long ? 'auto' : 0 },
      },
      dataZoom: o.compact ? [] : [
        { type: 'inside', id: 'along', xAxisIndex: 0, filterMode: 'weakFilter', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false, moveOnMouseWheel: false, preventDefaultMouseMove: false },
        ...(long ? [{ type: 'slider', id: 'slider', yAxisIndex: 0, width: 14, right: 8, startValue: 0, endValue: linesInSight - 1, showDetail: false, brushSelect: false, borderColor: 'transparent', fillerColor: o.palette.line, handleSize: 0, showDataShadow: false, zoomLock: true, filterMode: 'weakFilter' }] : []),
      ],
      series: colored.map((g, i) => ({
        type: 'custom', name: g || 'all', encode: { x: [1, 2], y: 0 }, clip: true, color: entries[i].color, itemStyle: { color: entries[i].color },
        data: o.hidden?.has(g || 'all') ? [] : groups.get(g)!.map((b) => [b.line, b.from, b.to, b.row]),
        renderItem: (_params: unknown, api: RenderApi) => {
          const a = api.coord([api.value(1), api.value(0)])
          const b = api.coord([api.value(2), api.value(0)])
          const height = Math.max(4, Math.min(28, api.size([0, 1])[1] * 0.62))
          return { type: 'rect', shape: { x: a[0], y: a[1] - height / 2, width: Math.max(3, b[0] - a[0]), height, r: 2 }, style: { fill: entries[i].color, opacity: 0.9 } }
        },
      })),
    },
  }
}

interface RenderApi {
  value: (i: number) => number
  coord: (p: [number, number]) => [number, number]
  size: (p: [number, number]) => [number, number]
}

const spannable = (t: string) => t === 'datetime' || t === 'timespan' || t === 'long' || t === 'int' || t === 'real' || t === 'decimal'

function ladderX(table: Table): { from: number; to: number } | { why: string } {
  const { columns } = table
  const last = columns.length - 1
  if (last >= 1 && columns[last].type === columns[last - 1].type && spannable(columns[last].type)) return { from: last - 1, to: last }
  // Whoever has two columns of times somewhere means those.
  const times = columns.flatMap((c, i) => (c.type === 'datetime' ? [i] : []))
  if (times.length === 2) return { from: times[0], to: times[1] }
  return { why: 'A ladderchart goes from x to x: its last two columns must be of one type, datetimes, timespans or numbers.' }
}

function pivotX(table: Table, named: number): { from: number; to: number } | { why: string } {
  const times = table.columns.flatMap((c, i) => (c.type === 'datetime' ? [i] : []))
  if (times.length === 0) return { why: 'A timepivot needs a column of type datetime.' }
  if (named >= 0 && times.includes(named)) return { from: named, to: times.find((i) => i > named) ?? named }
  return { from: times[0], to: times[1] ?? times[0] }
}

/** The column of names with the fewest, but more than one: what tells most at a glance. */
function pivotNames(table: Table): number[] {
  const counted = table.columns.flatMap((c, i) => (c.type === 'string' || c.type === 'bool' || c.type === 'guid' ? [{ i, n: new Set(table.rows.map((r) => nameOf(r[i]))).size }] : []))
  const best = counted.filter((c) => c.n > 1).sort((a, b) => a.n - b.n)[0] ?? counted[0]
  return best ? [best.i] : []
}
