import { describe, expect, test } from 'vitest'
import type { Render, Table } from '../api/query'
import { cutAtDateLine } from './dateline'
import { chartKinds, draw, summaryOf } from './option'
import { darkPalette, lightPalette } from './palette'
import { seriesOf, shapeOf, slicesOf } from './shape'
import { countryName, world } from './world'

const table = (columns: string, ...rows: Table['rows']): Table => ({ name: 't', rows, columns: columns.split(' ').map((c) => ({ name: c.split(':')[0], type: c.split(':')[1] as never })) })
const render = (visualization: string, more: Partial<Render> = {}): Render => ({ visualization, ...more })
const o = { palette: lightPalette }

const hourly = table('At:datetime Kind:string n:long', ['2026-01-01T00:00:00Z', 'a', 1], ['2026-01-01T01:00:00Z', 'b', 2], ['2026-01-01T02:00:00Z', 'a', 3])
const times = table('User:string From:datetime To:datetime n:long', ['u', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z', 1])

describe('shapes', () => {
  test('time is x, texts are series, numbers y', () => expect(shapeOf(hourly, render('timechart'))).toEqual({ x: 0, ys: [2], series: [1] }))
  test('what the query names wins', () => expect(shapeOf(hourly, render('columnchart', { xColumn: 'Kind', yColumns: ['n'], series: ['At'] }))).toEqual({ x: 1, ys: [2], series: [0] }))
  test('make-series is drawn point by point', () => {
    const t = table('Kind:string n:dynamic At:dynamic', ['a', '[1,null,3]', '["2026-01-01T00:00:00Z","2026-01-02T00:00:00Z","2026-01-03T00:00:00Z"]'])
    const shape = shapeOf(t, render('timechart'))
    expect(shape).toEqual({ x: 2, ys: [1], series: [0] })
    expect(seriesOf(t, shape)[0].points.map((p) => p[1])).toEqual([1, null, 3])
  })
  test('many slices end in one for the rest', () => {
    const t = table('k:string n:long', ...Array.from({ length: 10 }, (_x, i) => [`k${i}`, i]))
    expect(slicesOf(t, shapeOf(t, render('piechart')), 4)).toEqual([{ name: 'k9', value: 9 }, { name: 'k8', value: 8 }, { name: 'k7', value: 7 }, { name: 'Other (7)', value: 21 }])
  })
})

describe('drawing', () => {
  test.each(chartKinds)('%s is drawn, in light and dark, large and small', (kind) => {
    for (const palette of [lightPalette, darkPalette]) {
      for (const compact of [false, true]) {
        const d = draw(kind === 'ladderchart' || kind === 'timepivot' ? times : hourly, render(kind), { palette, compact })
        expect(d.kind).toBe(kind === 'card' ? 'card' : 'chart')
      }
    }
  })
  test('what cannot be drawn is said', () => {
    expect(draw(hourly, render('plotly'), o)).toMatchObject({ kind: 'none', why: expect.stringContaining('plotly') })
    expect(draw(table('a:string', ['x']), render('columnchart'), o)).toMatchObject({ kind: 'none', why: expect.stringContaining('needs a column of numbers') })
    expect(draw(table('a:string n:long'), render('piechart'), o)).toMatchObject({ kind: 'none' })
  })
  test('stacked series stand on the same ground', () => {
    const d = draw(hourly, render('stackedareachart'), o) as unknown as { option: { series: { data: unknown[][] }[] } }
    expect(d.option.series.map((s) => s.data.length)).toEqual([3, 3])
    expect(d.option.series[1].data[0]).toEqual(['2026-01-01T00:00:00Z', 0])
  })
  test('shares add up to a hundred', () => {
    const t = table('k:string s:string n:long', ['x', 'a', 1], ['x', 'b', 3])
    const d = draw(t, render('columnchart', { kind: 'stacked100' }), o) as unknown as { option: { series: { data: number[] }[] } }
    expect(d.option.series.map((s) => s.data[0])).toEqual([25, 75])
  })
  test('anomalies are marked', () => {
    const t = table('At:datetime n:long flag:long', ['2026-01-01T00:00:00Z', 1, 0], ['2026-01-01T01:00:00Z', 99, 1])
    const d = draw(t, render('anomalychart', { yColumns: ['n'], anomalyColumns: ['flag'] }), o) as unknown as { option: { series: { name: string; data: unknown[] }[] } }
    expect(d.option.series.at(-1)).toMatchObject({ name: 'Anomalies', data: [['2026-01-01T01:00:00Z', 99]] })
  })
  test('points on a map', () => {
    const t = table('City:string Longitude:real Latitude:real n:long', ['Bergen', 5.3, 60.4, 7])
    const d = draw(t, render('scatterchart', { kind: 'map' }), o) as unknown as unknown as { option: { series: { data: { value: number[] }[] }[] } }
    expect(d.option.series[0].data[0].value).toEqual([5.3, 60.4, 7])
  })
  test('are described in words', () => expect(summaryOf(hourly, render('timechart'))).toBe('timechart of n by At, 3 rows; the last is 3. The rows are in the grid.'))
})

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
