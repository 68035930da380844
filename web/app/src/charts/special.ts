import type { EChartsCoreOption } from 'echarts/core'
import type { Render, Table } from '../api/query'
import { dynamicOf, isNumber, textOf } from '../grid/format'
import { count, many } from '../parts/numbers'
import { frame, showsLegend, titleOf, topOf, type DrawOptions, type Drawing, type Entry } from './frame'
import { lookOf } from './palette'
import { kindOf } from './render'
import { nameOf, numberOf } from './shape'
import { escaped, valueText } from './values'

// Where people live: without the ice of north and south.
const boundingCoords = [[-168, 76], [180, -56]]

interface Spot {
  at: [number, number]
  size: number
  series: string
  name: string
  row: number
}

interface Spots {
  spots: Spot[]
  notes: string[]
  sized: number | undefined
  columns: { x: number; ys: number[]; series: number[] }
}

/**
 * The places of a result: longitude and latitude are the columns that the query names, or have such names, or are the
 * first two numbers, in that order, as Kusto has it; or a column holds points of GeoJSON. The next number is the size.
 */
function spotsOf(table: Table, render: Render): Spots | { why: string } {
  const { columns } = table
  const place = (name: string | null | undefined) => (name ? columns.findIndex((c) => c.name === name) : -1)
  const numbers = columns.flatMap((c, i) => (isNumber(c.type) ? [i] : []))
  const find = (pattern: RegExp) => numbers.find((i) => pattern.test(columns[i].name))
  const given = (render.series ?? []).map(place).filter((i) => i >= 0)
  const geo = columns.findIndex((c, i) => c.type === 'dynamic' && table.rows.some((r) => pointOf(dynamicOf(r[i])) !== undefined))
  let longitude = place(render.xColumn)
  let latitude = place(render.yColumns?.[0])
  const byPoint = geo >= 0 && longitude < 0
  if (!byPoint && longitude < 0) {
    longitude = find(/lon|lng/i) ?? numbers[0] ?? -1
    latitude = latitude >= 0 ? latitude : (numbers.find((i) => i !== longitude && /lat/i.test(columns[i].name)) ?? numbers.find((i) => i !== longitude) ?? -1)
  }
  if (!byPoint && (longitude < 0 || latitude < 0)) return { why: 'A map needs columns of longitude and latitude, in this order, or one of GeoJSON points.' }
  const sized = numbers.find((i) => byPoint || (i !== longitude && i !== latitude))
  const series = given.length > 0 ? given : columns.flatMap((c, i) => (c.type === 'string' || c.type === 'bool' || c.type === 'guid' ? [i] : []))
  let off = 0
  let negative = 0
  const spots = table.rows.flatMap((r, row): Spot[] => {
    const at = byPoint ? pointOf(dynamicOf(r[geo])) : [numberOf(r[longitude]), numberOf(r[latitude])]
    if (!at || at[0] === null || at[1] === null || Math.abs(at[0]) > 180 || Math.abs(at[1]) > 90) {
      off++
      return []
    }
    const size = sized === undefined ? 1 : (numberOf(r[sized]) ?? 0)
    if (size < 0) negative++
    const name = series.map((i) => nameOf(r[i])).join(', ')
    return [{ at: [at[0], at[1]], size: Math.abs(size), series: name, name, row }]
  })
  const notes: string[] = []
  if (off > 0) notes.push(`${many(off, 'row')} without a place on Earth ${off === 1 ? 'is' : 'are'} left out.`)
  if (negative > 0) notes.push(`${many(negative, 'value')} below zero ${negative === 1 ? 'is' : 'are'} drawn by its size.`)
  return { spots, notes, sized, columns: { x: byPoint ? geo : longitude, ys: byPoint ? [] : [latitude], series } }
}

/** The place of a GeoJSON point. */
function pointOf(v: unknown): [number, number] | undefined {
  const p = v as { type?: string; coordinates?: unknown } | null
  const c = p && typeof p === 'object' && p.type === 'Point' ? p.coordinates : undefined
  return Array.isArray(c) && typeof c[0] === 'number' && typeof c[1] === 'number' ? [c[0], c[1]] : undefined
}

function geoOf(o: DrawOptions, top: number, bottom: number) {
  return {
    map: 'world', roam: o.compact ? false : 'move', scaleLimit: { min: 1, max: 200 }, boundingCoords, preserveAspect: 'contain', top, bottom, left: 4, right: 4,
    itemStyle: { areaColor: o.palette.land, borderColor: o.palette.surface, borderWidth: 0.6 }, emphasis: { disabled: true }, label: { show: false }, silent: true,
  }
}

const mostSeries = 24
const mostPies = 80

/** Points on a map of the world, coloured by series; with a number, as large as it. */
export function mapChart(table: Table, render: Render, o: DrawOptions, oneColor = false): Drawing {
  const found = spotsOf(table, render)
  if ('why' in found) return { kind: 'none', why: found.why }
  const { spots, sized, columns } = found
  const notes = [...found.notes]
  if (spots.length === 0) return { kind: 'none', why: ['No row has a place to draw.', ...notes].join(' ') }
  const pies = kindOf(render) === 'piechart'
  const byName = new Map<string, Spot[]>()
  for (const s of spots) {
    const list = byName.get(s.series)
    if (list) list.push(s)
    else byName.set(s.series, [s])
  }
  let groups = [...byName]
  // Names that are all different say which place it is, not which kind of thing: they make no series, and stand in the tooltip.
  const plain = !pies && (oneColor || groups.length === 1 || (groups.length > mostSeries && groups.length > spots.length / 2))
  if (plain) groups = [['', spots]]
  else if (groups.length > mostSeries) {
    groups.sort((a, b) => b[1].length - a[1].length)
    const rest = groups.slice(mostSeries - 1)
    notes.push(`The ${mostSeries - 1} largest of ${groups.length} series have colours; the others share one.`)
    groups = [...groups.slice(0, mostSeries - 1), [`Other (${rest.length})`, rest.flatMap(([, list]) => list)]]
  }
  const entries: Entry[] = groups.map(([name, list], i) => ({ name: name || 'all', color: plain ? o.palette.alarm : lookOf(o.palette, i).color, dash: 'solid', mark: 'dot', text: sized === undefined ? undefined : valueText(list.reduce((n, s) => n + s.size, 0), 'number') }))
  const seen = (name: string) => !o.hidden?.has(name || 'all')
  const base = frame(o, entries)
  const largest = Math.max(1e-9, ...groups.filter(([n]) => seen(n)).flatMap(([, list]) => list.map((s) => s.size)))
  const option: EChartsCoreOption = {
    ...base,
    title: titleOf(render.title, o),
    tooltip: { ...(base.tooltip as object), trigger: 'item', formatter: (p: { name: string; value: number[] | number; data?: { at?: number[] } }) => spotTip(p, sized !== undefined) },
    geo: geoOf(o, o.compact ? 4 : topOf(render.title, o) - 8, showsLegend(o, entries) ? 30 : 4),
    series: pies
      ? pieSeries(groups.filter(([n]) => seen(n)), new Map(entries.map((e) => [e.name, e.color])), o, notes)
      : groups.map(([name, list], i) => ({
          type: 'scatter', coordinateSystem: 'geo', name: name || 'all', color: entries[i].color, large: list.length > 4000,
          data: seen(name) ? [...list].sort((a, b) => b.size - a.size).map((s) => ({ name: s.name, value: [...s.at, s.size], row: s.row })) : [],
          symbolSize: sized === undefined ? 7 : (v: number[]) => 6 + 26 * Math.sqrt(v[2] / largest), itemStyle: { color: entries[i].color, opacity: 0.7, borderColor: o.palette.surface, borderWidth: 1 },
        })),
  }
  const numbers = groups.slice(0, 50).map(([name, list]) => ({ name: name || 'all', points: list.length, least: '', largest: valueText(list.reduce((n, s) => Math.max(n, s.size), 0), 'number'), last: '' }))
  return { kind: 'chart', option, notes, facts: { entries: plain ? [] : entries, x: 'none', y: ['map'], columns, step: 0, points: spots.length, numbers } }
}

function spotTip(p: { name: string; value: number[] | number; data?: { at?: number[] } }, sized: boolean): string {
  const at = Array.isArray(p.value) ? p.value : (p.data?.at ?? [])
  const size = Array.isArray(p.value) ? p.value[2] : p.value
  return `${p.name ? `<b>${escaped(p.name)}</b><br>` : ''}${sized ? `${valueText(size, 'number')}<br>` : ''}${at.slice(0, 2).map((n) => n.toFixed(3)).join(', ')}`
}

/** A pie at each place, its slices the series; a place with one series is a bubble. */
function pieSeries(groups: [string, Spot[]][], colors: Map<string, string>, o: DrawOptions, notes: string[]): object[] {
  const places = new Map<string, { at: [number, number]; total: number; slices: { name: string; value: number; row: number }[] }>()
  for (const [name, list] of groups) {
    for (const s of list) {
      const key = s.at.join()
      let place = places.get(key)
      if (!place) places.set(key, (place = { at: s.at, total: 0, slices: [] }))
      place.total += s.size
      const had = place.slices.find((x) => x.name === (name || 'all'))
      if (had) had.value += s.size
      else place.slices.push({ name: name || 'all', value: s.size, row: s.row })
    }
  }
  const all = [...places.values()].sort((a, b) => b.total - a.total)
  if (all.length > mostPies) notes.push(`The ${mostPies} largest of ${count(all.length)} places have a pie.`)
  const largest = all[0]?.total || 1
  return all.slice(0, mostPies).map((p) => ({
    type: 'pie', coordinateSystem: 'geo', center: p.at, radius: 7 + 19 * Math.sqrt(p.total / largest), label: { show: false }, labelLine: { show: false }, itemStyle: { borderColor: o.palette.surface, borderWidth: p.slices.length > 1 ? 1 : 0, opacity: 0.9 },
    emphasis: { scaleSize: 3 }, data: p.slices.map((s) => ({ ...s, at: p.at, itemStyle: { color: colors.get(s.name) } })),
  }))
}

/** Points on a map in one colour, for a board. */
export function mapOption(table: Table, o: DrawOptions): EChartsCoreOption {
  const drawing = mapChart(table, { visualization: 'scatterchart', kind: 'map' }, o, true)
  return drawing.kind === 'chart' ? drawing.option : { geo: geoOf(o, 4, 4) }
}

/** The countries of the world coloured by a number: the first text is the code of two letters. */
export function countriesOption(table: Table, o: DrawOptions, countryName: (code: string) => string | undefined): EChartsCoreOption {
  const code = table.columns.findIndex((c) => c.type === 'string')
  const value = table.columns.findIndex((c) => isNumber(c.type))
  const data = table.rows.flatMap((row) => {
    const name = countryName(textOf(row[code]))
    return name ? [{ name, value: numberOf(row[value]) ?? 0 }] : []
  })
  const base = frame({ ...o, legend: false }, [])
  return {
    ...base,
    tooltip: { ...(base.tooltip as object), trigger: 'item', formatter: (p: { name: string; value: number }) => `${escaped(p.name)}: <b>${Number.isFinite(p.value) ? p.value.toLocaleString('en-US') : 0}</b>` },
    visualMap: { show: false, min: 0, max: Math.max(1, ...data.map((d) => d.value)), inRange: { color: o.palette.ramp } },
    series: [{ type: 'map', map: 'world', roam: false, boundingCoords, top: 4, bottom: 4, left: 4, right: 4, data, itemStyle: { areaColor: o.palette.land, borderColor: o.palette.surface, borderWidth: 0.6 }, emphasis: { label: { show: false }, itemStyle: { areaColor: o.palette.alarm } }, select: { disabled: true } }],
  }
}
