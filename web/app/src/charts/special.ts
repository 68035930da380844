import type { EChartsCoreOption } from 'echarts/core'
import type { Render, Table } from '../api/query'
import { isNumber, textOf } from '../grid/format'
import { frame, type DrawOptions, type Drawing } from './option'
import { numberOf } from './shape'

/** Bars from one instant to another, a line for each name: who was at work when. */
export function ladderOption(table: Table, render: Render, o: DrawOptions): Drawing {
  const times = table.columns.flatMap((c, i) => (c.type === 'datetime' ? [i] : []))
  if (times.length === 0) return { kind: 'none', why: `A ${render.visualization} needs a column with times.` }
  const [from, to = from] = times
  const names = table.columns.flatMap((c, i) => (c.type === 'string' || c.type === 'guid' ? [i] : []))
  const label = (row: Table['rows'][number]) => names.map((i) => textOf(row[i])).join(', ') || '(all)'
  const categories = [...new Set(table.rows.map(label))].slice(0, 200)
  const data = table.rows.map((row) => [categories.indexOf(label(row)), Date.parse(textOf(row[from])), Date.parse(textOf(row[to])), label(row)]).filter((d) => (d[0] as number) >= 0)
  const base = frame({ ...o, legend: false }, [])
  return {
    kind: 'chart',
    option: {
      ...base,
      tooltip: { ...(base.tooltip as object), formatter: (p: { value: [number, number, number, string] }) => `${escape(p.value[3])}<br>${iso(p.value[1])} – ${iso(p.value[2])}` },
      grid: { left: 12, right: 18, top: 16, bottom: 40, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
      xAxis: { type: 'time', axisLabel: { color: o.palette.faint }, splitLine: { show: true, lineStyle: { color: o.palette.line } } },
      yAxis: { type: 'category', data: categories, inverse: true, axisLabel: { color: o.palette.faint, width: 180, overflow: 'truncate' } },
      dataZoom: [{ type: 'inside', xAxisIndex: 0, filterMode: 'weakFilter' }, { type: 'slider', height: 18, bottom: 8, filterMode: 'weakFilter', borderColor: 'transparent' }],
      series: [{
        type: 'custom', encode: { x: [1, 2], y: 0 }, data,
        renderItem: (_params: unknown, api: { value: (i: number) => number; coord: (p: [number, number]) => [number, number]; size: (p: [number, number]) => [number, number]; style: () => object }) => {
          const a = api.coord([api.value(1), api.value(0)])
          const b = api.coord([api.value(2), api.value(0)])
          const height = Math.min(20, api.size([0, 1])[1] * 0.6)
          return { type: 'rect', shape: { x: a[0], y: a[1] - height / 2, width: Math.max(3, b[0] - a[0]), height, r: 2 }, style: api.style() }
        },
      }],
    },
  }
}

const iso = (t: number) => new Date(t).toISOString().replace('T', ' ').replace('.000Z', '')
const escape = (text: string) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!)

// Where people live: without the ice of north and south.
const boundingCoords = [[-168, 76], [180, -56]]

/**
 * Points on a map of the world: longitude and latitude are the first two numbers, as Kusto has it, or the columns
 * with such names; the next number is the size. A result with a country in two letters colours the countries.
 */
export function mapOption(table: Table, o: DrawOptions): EChartsCoreOption {
  const numbers = table.columns.flatMap((c, i) => (isNumber(c.type) ? [i] : []))
  const find = (pattern: RegExp) => numbers.find((i) => pattern.test(table.columns[i].name))
  const longitude = find(/^(lon|lng|longitude)/i) ?? numbers[0]
  const latitude = find(/^lat/i) ?? numbers.find((i) => i !== longitude)
  const size = numbers.find((i) => i !== longitude && i !== latitude)
  const texts = table.columns.flatMap((c, i) => (c.type === 'string' ? [i] : []))
  const base = frame({ ...o, legend: false }, [])
  const geo = {
    map: 'world', roam: !o.compact, boundingCoords, top: 4, bottom: 4, left: 4, right: 4, itemStyle: { areaColor: o.palette.land, borderColor: o.palette.surface, borderWidth: 0.6 },
    emphasis: { label: { show: false }, itemStyle: { areaColor: o.palette.line } }, silent: false,
  }
  const data = table.rows.flatMap((row) => {
    const x = longitude === undefined ? null : numberOf(row[longitude])
    const y = latitude === undefined ? null : numberOf(row[latitude])
    return x === null || y === null ? [] : [{ name: texts.map((i) => textOf(row[i])).join(', '), value: [x, y, size === undefined ? 1 : (numberOf(row[size]) ?? 1)] }]
  })
  const largest = Math.max(1, ...data.map((d) => d.value[2]))
  return {
    ...base,
    tooltip: { ...(base.tooltip as object), trigger: 'item', formatter: (p: { name: string; value?: number[] }) => `${escape(p.name)}${p.value ? `: <b>${p.value[2].toLocaleString('en-US')}</b>` : ''}` },
    geo,
    series: [{
      type: 'scatter', coordinateSystem: 'geo', data: data.sort((a, b) => b.value[2] - a.value[2]),
      symbolSize: (v: number[]) => 6 + 26 * Math.sqrt(v[2] / largest), itemStyle: { color: o.palette.alarm, opacity: 0.65, borderColor: o.palette.surface, borderWidth: 1 },
    }],
  }
}

/** The countries of the world coloured by a number: the first text is the code of two letters. */
export function countriesOption(table: Table, o: DrawOptions, nameOf: (code: string) => string | undefined): EChartsCoreOption {
  const code = table.columns.findIndex((c) => c.type === 'string')
  const value = table.columns.findIndex((c) => isNumber(c.type))
  const data = table.rows.flatMap((row) => {
    const name = nameOf(textOf(row[code]))
    return name ? [{ name, value: numberOf(row[value]) ?? 0 }] : []
  })
  const base = frame({ ...o, legend: false }, [])
  return {
    ...base,
    tooltip: { ...(base.tooltip as object), trigger: 'item', formatter: (p: { name: string; value: number }) => `${escape(p.name)}: <b>${Number.isFinite(p.value) ? p.value.toLocaleString('en-US') : 0}</b>` },
    visualMap: { show: false, min: 0, max: Math.max(1, ...data.map((d) => d.value)), inRange: { color: o.palette.ramp } },
    series: [{ type: 'map', map: 'world', roam: false, boundingCoords, top: 4, bottom: 4, left: 4, right: 4, data, itemStyle: { areaColor: o.palette.land, borderColor: o.palette.surface, borderWidth: 0.6 }, emphasis: { label: { show: false }, itemStyle: { areaColor: o.palette.alarm } }, select: { disabled: true } }],
  }
}
