import { describe, expect, test } from 'vitest'
import type { Render, Table } from '../api/query'
import { aligned, dataOf, shares, slicesOf } from './data'
import { cutAtDateLine } from './dateline'
import type { Drawing } from './frame'
import { draw, summaryOf } from './option'
import { darkPalette, inkOn, lightPalette, luminance } from './palette'
import { chartKinds, ignoredOf, renderText, withRender } from './render'
import { shapeOf, type Shape } from './shape'
import { spanStep, spanText, tickText, timeText, valueText } from './values'
import { countryName, world } from './world'

const table = (columns: string, ...rows: Table['rows']): Table => ({ name: 't', rows, columns: columns.split(' ').map((c) => ({ name: c.split(':')[0], type: c.split(':')[1] as never })) })
const render = (visualization: string, more: Partial<Render> = {}): Render => ({ visualization, ...more })
const o = { palette: lightPalette, width: 900 }

interface Option {
  title?: { text: string }
  legend: { show: boolean }
  grid: object[]
  xAxis: { type: string; data?: string[]; min?: number; max?: number; name?: string }[]
  yAxis: { type: string; min?: number; max?: number; name?: string; inverse?: boolean; data?: string[] }[]
  series: { name: string; type: string; stack?: string; data: unknown[]; sampling?: string; large?: boolean; xAxisIndex: number; yAxisIndex: number; color?: string }[]
  tooltip: { formatter: (p: unknown) => string }
}

const chart = (d: Drawing) => {
  if (d.kind !== 'chart') throw new Error('why' in d ? d.why : d.kind)
  return { ...d, option: d.option as unknown as Option }
}
const drawn = (t: Table, r: Render, more: object = {}) => chart(draw(t, r, { ...o, ...more }))
const points = (s: Option['series'][number]) => (s.data as (number[] | { value: number[] })[]).map((d) => (Array.isArray(d) ? d : d.value).slice(0, 2))

const at = (h: number) => `2026-01-01T${String(h).padStart(2, '0')}:00:00Z`
const ms = (h: number) => Date.parse(at(h))
const hourly = table('At:datetime Kind:string n:long', [at(0), 'a', 1], [at(1), 'b', 2], [at(2), 'a', 3])
const times = table('User:string From:datetime To:datetime', ['u', at(0), at(1)], ['v', at(1), at(3)])

describe('which columns are drawn', () => {
  const f = (columns: string, r: Render, want: Partial<Shape> | string, row: Table['rows'][number] = []) => {
    const t = table(columns, ...(row.length > 0 ? [row] : []))
    const got = shapeOf(t, r)
    if (typeof want === 'string') expect('why' in got ? got.why : JSON.stringify(got)).toContain(want)
    else expect(got).toEqual({ anomalies: [], ...want })
  }
  const cases: [string, Render, Partial<Shape> | string, Table['rows'][number]?][] = [
    // The first column that works for the kind is x; for time it is the first datetime wherever it stands.
    ['At:datetime Kind:string n:long', render('timechart'), { x: 0, ys: [2], series: [1] }],
    ['n:long Kind:string At:datetime Then:datetime', render('timechart'), { x: 2, ys: [0], series: [1] }],
    ['n:long m:real At:datetime', render('linechart'), { x: 2, ys: [0, 1], series: [] }],
    ['x:real y:real s:string', render('linechart'), { x: 0, ys: [1], series: [2] }],
    ['s:string x:long y:long', render('linechart'), { x: 0, ys: [1, 2], series: [] }],
    ['s:string x:real y:real', render('scatterchart'), { x: 1, ys: [2], series: [0] }],
    ['s:string x:dynamic y:dynamic', render('linechart'), { x: 1, ys: [2], series: [0] }, ['a', '[1,2]', '[3,4]']],
    ['s:string n:long', render('linechart'), { x: 0, ys: [1], series: [] }],
    ['s:string n:long', render('areachart'), { x: 0, ys: [1], series: [] }],
    ['Kind:string At:datetime n:long', render('columnchart'), { x: 0, ys: [2], series: [] }],
    ['At:datetime Kind:string n:long', render('columnchart'), { x: 0, ys: [2], series: [1] }],
    ['Kind:string Sub:string ok:bool n:long', render('barchart'), { x: 0, ys: [3], series: [1, 2] }],
    ['code:int n:long', render('columnchart'), { x: 0, ys: [1], series: [] }],
    // A number in front of the only name is y.
    ['n:long Kind:string', render('piechart'), { x: 1, ys: [0], series: [] }],
    ['x:real y:real', render('scatterchart'), { x: 0, ys: [1], series: [] }],
    ['s:string d:timespan', render('columnchart'), { x: 0, ys: [1], series: [] }],
    ['s:string d:decimal g:guid', render('columnchart'), { x: 0, ys: [1], series: [2] }],
    // What the query names wins.
    ['At:datetime Kind:string n:long', render('columnchart', { xColumn: 'Kind', yColumns: ['n'], series: ['At'] }), { x: 1, ys: [2], series: [0] }],
    ['At:datetime a:long b:long', render('timechart', { yColumns: ['b'] }), { x: 0, ys: [2], series: [] }],
    ['a:long b:long c:long', render('linechart', { yColumns: ['a'] }), { x: 1, ys: [0], series: [] }],
    ['At:datetime n:real flag:long base:real', render('anomalychart', { anomalyColumns: ['flag'] }), { x: 0, ys: [1, 3], series: [], anomalies: [2] }],
    // Arrays of make-series.
    ['Kind:string n:dynamic At:dynamic', render('timechart'), { x: 2, ys: [1], series: [0] }, ['a', '[1,null,3]', `["${at(0)}","${at(1)}","${at(2)}"]`]],
    ['x:dynamic y:dynamic k:long', render('linechart'), { x: 0, ys: [1], series: [] }, ['[1,2]', '[3,4]', 5]],
    // What does not work is said.
    ['Kind:string n:long', render('timechart'), 'A timechart needs a column of type datetime'],
    ['n:long m:long', render('timechart', { xColumn: 'n' }), 'n is of type long'],
    ['a:string b:string', render('columnchart'), 'needs a column of numbers'],
    ['n:long', render('columnchart'), 'only one column'],
    ['At:datetime', render('timechart'), 'only one column'],
    ['At:datetime s:string n:long', render('timechart', { yColumns: ['s'] }), 's cannot be y', [at(0), 'x', 1]],
  ]
  test.each(cases)('%s %o', f)
})

describe('series', () => {
  const of = (t: Table, r: Render = render('linechart'), more: object = {}) => dataOf(t, shapeOf(t, r) as Shape, r, { most: 24, ...more })
  test('come in the order of the rows, sorted by x', () => {
    const d = of(table('x:long s:string n:long', [3, 'b', 1], [1, 'b', 2], [2, 'a', 3]), render('linechart', { xColumn: 'x' }))
    expect(d.series.map((s) => [s.name, s.points.map((p) => [p.x, p.y, p.row])])).toEqual([['b', [[1, 2, 1], [3, 1, 0]]], ['a', [[2, 3, 2]]]])
  })
  test('several columns of y make a series each', () => {
    expect(of(table('At:datetime a:long b:long', [at(0), 1, 2]), render('timechart')).series.map((s) => s.name)).toEqual(['a', 'b'])
    expect(of(table('At:datetime k:string a:long b:long', [at(0), 'x', 1, 2]), render('timechart')).series.map((s) => s.name)).toEqual(['x: a', 'x: b'])
    expect(of(table('At:datetime k:string ok:bool a:long', [at(0), 'x', true, 2]), render('timechart')).series.map((s) => s.name)).toEqual(['x, true'])
  })
  test('gaps, NaN and missing x', () => {
    const d = of(table('At:datetime n:real', [at(0), null], [at(1), 'NaN'], [at(2), 'Infinity'], [null, 4], [at(3), 5]), render('timechart'))
    expect(d.series[0].points.map((p) => p.y)).toEqual([null, null, null, 5])
    expect(d.notes).toEqual(['1 row without a value of At is left out.', '2 values that are NaN, infinite or no number are left out.'])
  })
  test('make-series is taken apart point by point', () => {
    const t = table('Kind:string n:dynamic At:dynamic', ['a', '[1,null,3]', `["${at(0)}","${at(1)}","${at(2)}"]`], ['b', '[4]', `["${at(0)}","${at(1)}"]`])
    const d = of(t, render('timechart'))
    expect(d.x).toBe('time')
    expect(d.series.map((s) => s.points.map((p) => [p.x, p.y]))).toEqual([[[ms(0), 1], [ms(1), null], [ms(2), 3]], [[ms(0), 4], [ms(1), null]]])
  })
  test('names keep the order of the rows, numbers under bars that are names too', () => {
    expect(of(table('code:int n:long', [50126, 9], [0, 7], [53003, 1]), render('columnchart'), { bars: true })).toMatchObject({ x: 'category', categories: ['50126', '0', '53003'] })
    expect(of(table('hour:int n:long', ...Array.from({ length: 24 }, (_x, i) => [23 - i, i])), render('columnchart'), { bars: true }).x).toBe('number')
    expect(of(table('hour:int n:long', [1, 2]), render('columnchart', { xMax: '10' }), { bars: true }).x).toBe('number')
    expect(of(table('d:timespan n:long', ['00:00:01', 2]), render('linechart', { xColumn: 'd' })).x).toBe('span')
  })
  test('the same x twice: lines go through both, bars add up and say so', () => {
    const t = table('k:string n:long', ['a', 1], ['a', 2], ['b', 3])
    expect(of(t).series[0].points.map((p) => p.y)).toEqual([1, 2, 3])
    const bars = of(t, render('columnchart'), { bars: true })
    expect(bars.series[0].points.map((p) => p.y)).toEqual([3, 3])
    expect(bars.notes[0]).toContain('1 row with an k')
  })
  test('the smallest of too many are one', () => {
    const t = table('At:datetime s:string n:long', ...Array.from({ length: 200 }, (_x, i) => [at(i % 2), `s${i}`, i]))
    const d = of(t, render('timechart'), { most: 4 })
    expect(d.series.map((s) => s.name)).toEqual(['s197', 's198', 's199', 'Other (197)'])
    expect(d.series[3].points.map((p) => p.y)).toEqual([9702, 9604])
    expect(d.notes[0]).toBe('The 3 largest of 200 series are drawn; the others are added up.')
  })
  test('running sums follow x, not the rows', () => {
    expect(of(table('x:long y:long', [3, 30], [1, 10], [2, 20]), render('linechart', { accumulate: true })).series[0].points.map((p) => p.y)).toEqual([10, 30, 60])
  })
  test('stacks stand on the same ground, shares add up to a hundred', () => {
    const d = of(table('x:long s:string y:long', [1, 'a', 1], [1, 'b', 3], [2, 'b', -5]), render('linechart', { xColumn: 'x' }))
    expect(aligned(d.series).map((s) => s.points.map((p) => p.y))).toEqual([[1, 0], [3, -5]])
    expect(shares(aligned(d.series)).map((s) => s.points.map((p) => p.y))).toEqual([[25, 0], [75, -100]])
  })
  test('a pie of one slice says what it is where there is no legend', () => {
    const label = (...rows: Table['rows']) => (drawn(table('a:string n:long', ...rows), render('piechart'), { compact: true }).option.series[0] as unknown as { label: { show: boolean; position: string } }).label
    expect(label(['x', 1])).toMatchObject({ show: true, position: 'center' })
    expect(label(['x', 1], ['y', 2])).toMatchObject({ show: false })
  })

  test('slices: rows of one name add up, the rest is one, negative has none', () => {
    const t = table('k:string n:long', ...Array.from({ length: 10 }, (_x, i) => [`k${i}`, i]), ['k9', 1], ['bad', -3])
    const { slices, notes } = slicesOf(t, shapeOf(t, render('piechart')) as Shape, 4)
    expect(slices.map((s) => [s.name, s.value])).toEqual([['k9', 10], ['k8', 8], ['k7', 7], ['Other (7)', 21]])
    expect(notes).toHaveLength(2)
  })
})

describe('drawing', () => {
  test.each(chartKinds)('%s is drawn, in light and dark, large and small', (kind) => {
    for (const palette of [lightPalette, darkPalette]) {
      for (const compact of [false, true]) expect(draw(kind === 'ladderchart' || kind === 'timepivot' ? times : hourly, render(kind), { palette, compact }).kind).toBe(kind === 'card' ? 'card' : 'chart')
    }
  })
  test.each([
    ['plotly', hourly, 'Plotly'], ['graph', hourly, 'graph operators'], ['list', hourly, 'not drawn'], ['timeline', hourly, 'timepivot'], ['table', hourly, 'asks for a table'], ['3Dchart', hourly, 'Drawn are timechart'],
    ['columnchart', table('a:string', ['x']), 'only one column'], ['piechart', table('a:string n:long'), 'no rows'], ['timechart', table('At:datetime n:long', [at(0), null]), 'no value of n'],
    ['piechart', table('a:string n:long', ['x', 0]), 'more than zero'], ['ladderchart', table('a:string b:string', ['x', 'y']), 'last two columns'], ['timepivot', table('a:string', ['x']), 'type datetime'],
  ] as [string, Table, string][])('what cannot be drawn is said: %s', (kind, t, why) => expect(draw(t, render(kind), o)).toMatchObject({ kind: 'none', why: expect.stringContaining(why) }))
  test('axes are of the type of x', () => {
    const f = (t: Table, r: Render) => drawn(t, r).option.xAxis[0].type
    expect(f(hourly, render('timechart'))).toBe('time')
    expect(f(hourly, render('columnchart'))).toBe('time')
    expect(f(table('x:long y:long', [1, 2], [2, 3]), render('linechart'))).toBe('value')
    expect(f(table('x:long y:long', [1, 2], [2, 3]), render('linechart', { xAxis: 'log' }))).toBe('log')
    expect(f(table('s:string y:long', ['b', 2], ['a', 3]), render('columnchart'))).toBe('category')
  })
  test('bars of time have room at both ends', () => {
    const { option } = drawn(hourly, render('columnchart'))
    expect([option.xAxis[0].min, option.xAxis[0].max]).toEqual([ms(0) - 1800_000, ms(2) + 1800_000])
  })
  test('a barchart lies, its first row on top', () => {
    const { option } = drawn(table('s:string y:long', ['b', 2], ['a', 3]), render('barchart', { yTitle: 'count' }))
    expect(option.yAxis[0]).toMatchObject({ type: 'category', inverse: true, data: ['b', 'a'] })
    expect(option.xAxis[0]).toMatchObject({ type: 'value', name: 'count' })
    expect(points(option.series[0])).toEqual([[2, 0], [3, 1]])
  })
  test.each([
    ['columnchart', null, undefined], ['columnchart', 'default', undefined], ['columnchart', 'unstacked', undefined], ['columnchart', 'stacked', 'all'], ['columnchart', 'stacked100', 'all'],
    ['areachart', null, undefined], ['areachart', 'stacked', 'all'], ['stackedareachart', null, 'all'], ['barchart', 'stacked', 'all'], ['linechart', null, undefined],
  ])('%s of kind %s stacks %s', (kind, how, stack) => expect(drawn(hourly, render(kind, { kind: how })).option.series.map((s) => s.stack)).toEqual([stack, stack]))
  test('shares end at a hundred', () => {
    const d = drawn(table('k:string s:string n:long', ['x', 'a', 1], ['x', 'b', 3]), render('columnchart', { kind: 'stacked100' }))
    expect(d.option.series.map((s) => points(s)[0][1])).toEqual([25, 75])
    expect(d.option.yAxis[0].max).toBe(100)
  })
  test('logarithmic axes leave out what has no place, and do not stack', () => {
    const d = drawn(table('x:long y:long', [1, 0], [2, 10]), render('linechart', { yAxis: 'log' }))
    expect(d.option.yAxis[0].type).toBe('log')
    expect(points(d.option.series[0])).toEqual([[1, null], [2, 10]])
    expect(d.notes).toEqual(['1 value of zero or less has no place on a logarithmic axis.'])
    expect(drawn(hourly, render('columnchart', { yAxis: 'log', kind: 'stacked' })).option.series[0].stack).toBeUndefined()
  })
  test('limits, titles and legends are those of the query', () => {
    const r = render('timechart', { title: 'T', xTitle: 'when', yTitle: 'how much', yMin: '-1', yMax: '10.5', xMin: at(0), xMax: at(5), legend: 'hidden' })
    const d = drawn(hourly, r)
    expect(d.option.title?.text).toBe('T')
    expect(d.option.xAxis[0]).toMatchObject({ name: 'when', min: ms(0), max: ms(5) })
    expect(d.option.yAxis[0]).toMatchObject({ name: 'how much', min: -1, max: 10.5 })
    expect(drawn(hourly, render('timechart', { yMin: '5', yMax: '5' })).notes).toEqual(['ymin is not less than ymax; both do nothing.'])
    expect(drawn(hourly, render('columnchart', { xColumn: 'Kind', xMin: '5' })).notes.join()).toContain('xmin does nothing')
  })
  test('ysplit draws an axis or a panel for each column of y, or for each series of one column', () => {
    const two = table('At:datetime a:long d:timespan', [at(0), 1, '00:00:02'], [at(1), 2, '00:10:00'])
    const axes = drawn(two, render('timechart', { ySplit: 'axes' }))
    expect([axes.option.grid.length, axes.option.yAxis.map((y) => y.name), axes.facts.y]).toEqual([1, ['a', 'd'], ['number', 'span']])
    const panels = drawn(two, render('timechart', { ySplit: 'panels' }))
    expect([panels.option.grid.length, panels.option.xAxis.length, panels.option.series.map((s) => [s.xAxisIndex, s.yAxisIndex])]).toEqual([2, 2, [[0, 0], [1, 1]]])
    expect(drawn(hourly, render('timechart', { ySplit: 'panels' })).option.yAxis.map((y) => y.name)).toEqual(['a', 'b'])
    const seven = table('At:datetime ' + 'abcdefg'.split('').map((c) => c + ':long').join(' '), [at(0), 1, 2, 3, 4, 5, 6, 7])
    expect(drawn(seven, render('timechart', { ySplit: 'panels' }))).toMatchObject({ notes: [expect.stringContaining('5 panels at most')], facts: { y: Array(5).fill('number') } })
    expect(drawn(seven, render('timechart', { ySplit: 'axes' })).option.series).toHaveLength(7)
  })
  test('anomalies are marked at the value, for each series its own', () => {
    const t = table('At:datetime k:string n:long flag:long', [at(0), 'a', 1, 0], [at(1), 'a', 99, 1], [at(0), 'b', 5, -1], [at(1), 'b', 6, 0])
    const d = drawn(t, render('anomalychart', { anomalyColumns: ['flag'] }))
    expect(d.option.series.at(-1)).toMatchObject({ name: 'flag', type: 'scatter', data: [[ms(1), 99, 1], [ms(0), 5, 2]] })
    const spread = table('At:dynamic n:dynamic base:dynamic flag:dynamic', [`["${at(0)}","${at(1)}"]`, '[1,99]', '[1,2]', '[0,1]'])
    expect(drawn(spread, render('anomalychart', { anomalyColumns: ['flag'] })).option.series.map((s) => s.data.length)).toEqual([2, 2, 1])
    expect(drawn(hourly, render('anomalychart')).notes.join()).toContain('anomalycolumns')
  })
  test('many points are sampled, and drawn in bulk', () => {
    const t = table('At:datetime n:long', ...Array.from({ length: 100_000 }, (_x, i) => [new Date(ms(0) + i * 1000).toISOString(), i % 7]))
    const since = performance.now()
    expect(drawn(t, render('timechart')).option.series[0]).toMatchObject({ sampling: 'lttb' })
    expect(drawn(t, render('scatterchart')).option.series[0]).toMatchObject({ large: true })
    expect(performance.now() - since).toBeLessThan(4000)
  })
  test('a hidden series is gone, the others keep their colours', () => {
    const d = drawn(hourly, render('timechart'), { hidden: new Set(['a']) })
    expect(d.option.series.map((s) => [s.name, s.color])).toEqual([['b', lightPalette.series[1]]])
    expect(d.facts.entries.map((e) => e.name)).toEqual(['a', 'b'])
  })
  test('nothing moves for those who want it so', () => expect(drawn(hourly, render('timechart'), { still: true }).option).toMatchObject({ animation: false }))
  test('the sum of the others is off where it would dwarf them', () => {
    const t = table('At:datetime k:string n:long', ...Array.from({ length: 90 }, (_x, i) => [at(i % 3), `k${i % 30}`, 1]))
    expect(drawn(t, render('timechart')).option.series).toHaveLength(23)
    expect(drawn(t, render('timechart')).facts.off).toEqual(new Set(['Other (7)']))
    expect(drawn(t, render('timechart'), { hidden: new Set() }).option.series).toHaveLength(24)
    expect(drawn(t, render('stackedareachart')).option.series).toHaveLength(24)
  })
  test('the tooltip is sorted, with a total, and names cannot be markup', () => {
    const d = drawn(table('At:datetime k:string n:long', [at(0), '<b>x', 1], [at(0), 'y', 1200]), render('timechart'))
    const text = d.option.tooltip.formatter(d.option.series.map((s, i) => ({ seriesName: s.name, seriesIndex: i, value: (s.data as number[][])[0], color: '#000' })))
    expect(text.replace(/<[^>]*>/g, '|').replace(/\|+/g, '|')).toBe('|2026-01-01|y|1,200|&lt;b&gt;x|1|Total|1,201|')
  })
  test('a treemap has a level for each column of names', () => {
    const d = drawn(table('a:string b:string n:long', ['x', 'p', 1], ['x', 'q', 2], ['y', 'p', 9]), render('treemap'))
    const root = d.option.series[0].data as { name: string; value: number; children: { name: string }[] }[]
    expect(root.map((n) => [n.name, n.value, n.children.map((c) => c.name)])).toEqual([['y', 9, ['p']], ['x', 3, ['p', 'q']]])
  })
  test('a ladder goes between its last two columns, a line for what the others say', () => {
    const d = drawn(times, render('ladderchart'))
    expect(d.option.yAxis).toMatchObject({ data: ['u', 'v'] })
    expect(d.option.series[0].data).toEqual([[0, ms(0), ms(1), 0], [1, ms(1), ms(3), 1]])
    expect(drawn(table('a:string f:long t:long', ['x', 5, 2]), render('ladderchart')).option.series[0].data).toEqual([[0, 2, 5, 0]])
  })
  test('a timepivot has a line for each value of its series', () => {
    const t = table('At:datetime id:guid Kind:string', [at(0), 'g1', 'a'], [at(1), 'g2', 'b'], [at(2), 'g3', 'a'])
    expect(drawn(t, render('timepivot')).facts.entries.map((e) => [e.name, e.text])).toEqual([['a', '2 events'], ['b', '1 event']])
    expect(drawn(t, render('timepivot', { series: ['id'] })).facts.entries).toHaveLength(3)
  })
  test('a card shows the first row', () => {
    expect(draw(table('n:long s:string d:timespan', [1234567, 'x', null], [2, 'y', null]), render('card', { title: 'T' }), o)).toEqual({
      kind: 'card', title: 'T', notes: ['A card shows the first row; 1 row more is in the table.'], values: [{ name: 'n', value: '1,234,567', long: false }, { name: 's', value: 'x', long: false }, { name: 'd', value: '–', long: false }],
    })
  })
  test('is described in words', () => {
    const r = render('timechart')
    expect(summaryOf(hourly, r, drawn(hourly, r).facts)).toBe('timechart of n by At, 2 series, 3 points. a from 1 to 3; b 2.')
  })
})

describe('maps', () => {
  const map = (t: Table, more: Partial<Render> = {}, kind = 'scatterchart') => drawn(t, render(kind, { kind: 'map', ...more }))
  test('longitude comes first, unless the names say otherwise', () => {
    const at = (t: Table, more: Partial<Render> = {}) => (map(t, more).option.series[0].data as { value: number[] }[])[0].value
    expect(at(table('a:real b:real', [5.3, 60.4]))).toEqual([5.3, 60.4, 1])
    expect(at(table('Latitude:real Longitude:real n:long', [60.4, 5.3, 7]))).toEqual([5.3, 60.4, 7])
    expect(at(table('n:long a:real b:real', [7, 5.3, 60.4]), { xColumn: 'a', yColumns: ['b'] })).toEqual([5.3, 60.4, 7])
    expect(at(table('p:dynamic', ['{"type":"Point","coordinates":[5.3,60.4]}']))).toEqual([5.3, 60.4, 1])
  })
  test('series have colours, places off the Earth are told', () => {
    const d = map(table('lon:real lat:real k:string', [1, 2, 'a'], [1, 3, 'b'], [1, 4, 'a'], [200, 0, 'a']))
    expect(d.facts.entries.map((e) => e.name)).toEqual(['a', 'b'])
    expect(d.notes).toEqual(['1 row without a place on Earth is left out.'])
  })
  test('a pie stands at each place', () => {
    const d = map(table('lon:real lat:real k:string n:long', [1, 2, 'a', 3], [1, 2, 'b', 4], [5, 6, 'a', 1]), {}, 'piechart')
    expect(d.option.series.map((s) => (s as unknown as { center: number[] }).center)).toEqual([[1, 2], [5, 6]])
    expect(d.option.series[0].data).toHaveLength(2)
  })
  test('a result without places is told', () => expect(draw(table('a:string', ['x']), render('scatterchart', { kind: 'map' }), o)).toMatchObject({ kind: 'none', why: expect.stringContaining('longitude and latitude') }))
})

describe('the render operator', () => {
  test.each([
    [render('piechart', { xTitle: 'x', yMin: '1' }), ['piechart does not use xtitle, ymin.']], [render('card', { title: 'x', legend: 'hidden' }), ['card does not use legend.']],
    [render('timechart', { xAxis: 'log', anomalyColumns: ['a'] }), ['timechart does not use xaxis, anomalycolumns.']], [render('linechart', { kind: 'stacked' }), ['linechart does not use kind.']],
    [render('columnchart', { kind: 'map' }), ['columnchart has no kind map.']], [render('scatterchart', { kind: 'stacked' }), ['scatterchart has no kind stacked.']], [render('timechart', { kind: 'default', accumulate: false, yMin: 'NaN' }), []],
  ] as [Render, string[]][])('what has no effect is said: %o', (r, notes) => expect(ignoredOf(r)).toEqual(notes))
  test.each([
    [render('timechart'), 'render timechart'], [render('columnchart', { kind: 'stacked', xColumn: 'a b', yColumns: ['n', 'm'], title: 'say "x"' }), `render columnchart with (title="say \\"x\\"", kind=stacked, xcolumn=['a b'], ycolumns=n, m)`],
    [render('timechart', { xMin: '2026-01-02T03:04:00Z', accumulate: true, kind: 'stacked' }), 'render timechart with (xmin=datetime(2026-01-02T03:04:00Z), accumulate=true)'],
  ] as [Render, string][])('is written: %o', (r, text) => expect(renderText(r)).toBe(text))
  test.each([
    ['T | count', 'T | count\n| render piechart'], ['T\n| render timechart with (title="a | render b")\n', 'T\n| render piechart'], ['T | where a == "x | render y" // | render z', 'T | where a == "x | render y" // | render z\n| render piechart'],
    ['T | render timechart;', 'T\n| render piechart'], ['T // what\n| render barchart // why', 'T // what\n| render piechart'],
  ])('is put into a query: %s', (query, want) => expect(withRender(query, render('piechart'))).toBe(want))
})

describe('values', () => {
  test.each([[0, '00:00:00'], [59.999999999, '00:01:00'], [93784.5, '1.02:03:04.5'], [-1, '-00:00:01'], [0.0000001, '00:00:00.0000001']])('%d s is %s', (s, text) => expect(spanText(s)).toBe(text))
  test.each([[0, 'number', '0'], [0.25, 'number', '0.25'], [0.00001, 'number', '1e-5'], [1234, 'number', '1,234'], [25_000, 'number', '25 k'], [-3e6, 'number', '-3 M'], [90, 'span', '1.5 min'], [0.002, 'span', '2 ms'], [172800, 'span', '2 d'], [50, 'percent', '50 %']] as const)('%d as %s beside an axis is %s', (v, m, text) => expect(tickText(v, m)).toBe(text))
  test.each([[1234.5678, '1,234.568'], [0.0000123, '1.230e-5'], [0.1 + 0.2, '0.3'], [null, '–']])('%d in full is %s', (v, text) => expect(valueText(v, 'number')).toBe(text))
  test.each([[300, 60], [7200, 1800], [100_000, 21600], [5 * 86400, 86400], [100 * 86400, 20 * 86400]])('an axis over %d s has ticks every %d s', (reach, step) => expect(spanStep(reach)).toBe(step))
  test.each([['2026-01-01T00:00:00Z', '2026-01-01'], ['2026-01-01T10:00:00Z', '2026-01-01 10:00:00'], ['2026-01-01T10:00:00.250Z', '2026-01-01 10:00:00.250']])('%s is %s', (t, text) => expect(timeText(Date.parse(t))).toBe(text))
})

describe('colours', () => {
  const contrast = (a: string, b: string) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p)
    return (x + 0.05) / (y + 0.05)
  }
  test.each([['light', lightPalette], ['dark', darkPalette]] as const)('%s: text is readable, series stand out', (_name, p) => {
    expect(contrast(p.text, p.surface)).toBeGreaterThan(7)
    expect(contrast(p.faint, p.surface)).toBeGreaterThan(4.5)
    for (const c of p.series) expect(contrast(c, p.surface), c).toBeGreaterThan(3)
    for (const c of [...p.series, p.alarm]) expect(contrast(inkOn(c), c), c).toBeGreaterThan(4.5)
  })
  // How people see it whose red or green cones are missing (Viénot, Brettel and Mollon 1999), in linear light.
  const seen: Record<string, number[][]> = { protanopia: [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]], deuteranopia: [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]] }
  test.each(Object.keys(seen).flatMap((k) => [[k, 'light', lightPalette], [k, 'dark', darkPalette]] as const))('%s, %s: the first eight differ', (kind, _name, p) => {
    const colors = p.series.slice(0, 8).map((c) => lab(seen[kind].map((m) => m.reduce((n, f, i) => n + f * linear(c)[i], 0))))
    for (let i = 0; i < 8; i++) for (let j = 0; j < i; j++) expect(Math.hypot(...colors[i].map((v, k) => v - colors[j][k])), `${p.series[j]} ${p.series[i]}`).toBeGreaterThan(9)
  })
})

const linear = (c: string) => [1, 3, 5].map((i) => Number.parseInt(c.slice(i, i + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))

/** CIE L*a*b* of linear sRGB. */
function lab([r, g, b]: number[]): number[] {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
  const [x, y, z] = [f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047), f(0.2126 * r + 0.7152 * g + 0.0722 * b), f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)]
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

describe('the world', () => {
  test('knows countries by their codes', () => {
    expect(countryName('NO')).toBe('Norway')
    expect(countryName('us')).toBe('United States of America')
    expect(countryName('ZZ')).toBeUndefined()
  })
  test('has no country that spans the map', () => {
    for (const f of world.features) {
      const polygons = f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates
      for (const ring of polygons.flat()) {
        for (let i = 1; i < ring.length; i++) expect(Math.abs(ring[i][0] - ring[i - 1][0])).toBeLessThan(180)
      }
    }
  })
  test('is cut where it crosses the date line', () => {
    const g = cutAtDateLine({ type: 'Polygon', coordinates: [[[170, 0], [-170, 0], [-170, 10], [170, 10], [170, 0]]] })
    expect(g.type).toBe('MultiPolygon')
    const xs = (g.coordinates as number[][][][]).map((p) => p[0].map(([x]) => x))
    expect(xs.map((l) => [Math.min(...l), Math.max(...l)])).toEqual([[170, 180], [-180, -170]])
  })
})
