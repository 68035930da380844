import { describe, expect, test } from 'vitest'
import type { Column, Row } from '../api/query'
import { exported } from './exporting'
import { cellText, secondsOf, sortKey } from './format'
import { offsetsOf, windowOf } from './layout'
import { emptyView, linesOf, rowsOf, type Filter, type View } from './model'

const columns: Column[] = [{ name: 'Name', type: 'string' }, { name: 'Count', type: 'long' }, { name: 'At', type: 'datetime' }, { name: 'Took', type: 'timespan' }, { name: 'Bag', type: 'dynamic' }]
const rows: Row[] = [
  ['beta', 2, '2026-01-02T00:00:00Z', '00:00:10', '{"a":1}'],
  ['Alpha', 10, '2026-01-01T00:00:00.5Z', '1.00:00:00', null],
  ['', null, null, null, '[]'],
  ['alpha', 1, '2026-01-03T00:00:00Z', '-00:00:01', '"x"'],
]

const order = (view: Partial<View>) => rowsOf(columns, rows, { ...emptyView, ...view })

describe('sorting', () => {
  test.each([[0, false, [1, 3, 0, 2]], [1, false, [3, 0, 1, 2]], [1, true, [1, 0, 3, 2]], [2, false, [1, 0, 3, 2]], [3, false, [3, 0, 1, 2]]])('by column %d, descending %s', (column, descending, want) => {
    expect(order({ sorts: [{ column, descending }] })).toEqual(want)
  })
  test('by two columns', () => expect(order({ sorts: [{ column: 0, descending: false }, { column: 1, descending: false }] })).toEqual([3, 1, 0, 2]))
})

describe('filters', () => {
  const f = (column: number, how: Filter['how'], value = '') => order({ filters: [{ column, how, value }] })
  test('on each kind', () => {
    expect(f(0, 'contains', 'ALPHA')).toEqual([1, 3])
    expect(f(0, 'lacks', 'alpha')).toEqual([0, 2])
    expect(f(0, 'is', 'beta')).toEqual([0])
    expect(f(1, 'atleast', '2')).toEqual([0, 1])
    expect(f(1, 'atmost', '2')).toEqual([0, 3])
    expect(f(2, 'atleast', '2026-01-02')).toEqual([0, 3])
    expect(f(0, 'empty')).toEqual([2])
    expect(f(1, 'notempty')).toEqual([0, 1, 3])
  })
  test('with the search in all columns', () => expect(order({ search: '"a":1' })).toEqual([0]))
})

describe('groups', () => {
  test('are counted, open and nest', () => {
    const closed = linesOf(columns, rows, { ...emptyView, groups: [0] })
    expect(closed.map((l) => l.kind === 'group' && [l.value, l.count])).toEqual([['beta', 1], ['Alpha', 1], ['', 1], ['alpha', 1]])
    const open = linesOf(columns, rows, { ...emptyView, groups: [0, 1], open: new Set(['/0=beta', '/0=beta/1=2']) })
    expect(open.slice(0, 3)).toMatchObject([{ kind: 'group', value: 'beta', open: true }, { kind: 'group', value: '2', depth: 1 }, { kind: 'row', row: 0, depth: 2 }])
  })
})

test('the window covers what is in sight, whatever the size', () => {
  const offsets = offsetsOf(Array(50).fill(100))
  const w = windowOf(300_000, 2000, 600, 800, 100_000, offsets)
  expect(w.lastRow - w.firstRow).toBeLessThan(40)
  expect(w.firstRow).toBeLessThanOrEqual(10_000)
  expect(w.lastRow).toBeGreaterThanOrEqual(10_020)
  expect([w.firstColumn, w.lastColumn]).toEqual([18, 30])
  expect(windowOf(0, 0, 600, 800, 3, offsets)).toMatchObject({ firstRow: 0, lastRow: 3 })
})

test('values as text and in order', () => {
  expect(cellText('2026-01-02T03:04:05.1234567Z', 'datetime')).toBe('2026-01-02 03:04:05.123')
  expect(cellText(0.1 + 0.2, 'real')).toBe('0.3')
  expect(cellText('1234567890123456789', 'long')).toBe('1234567890123456789')
  expect(secondsOf('1.02:00:00.5')).toBe(93600.5)
  expect(sortKey('', 'string')).toBeNull()
})

test('exports quote what they must', () => {
  const hostile: Row[] = [['=HYPERLINK("x")', -1, null, null, 'a|b\nc']]
  expect(exported('csv', columns, hostile)).toBe('Name,Count,At,Took,Bag\r\n"\'=HYPERLINK(""x"")",-1,,,"a|b\nc"\r\n')
  expect(exported('markdown', columns, hostile)).toContain('a\\|b<br>c')
  expect(JSON.parse(exported('json', columns, rows))[0]).toEqual({ Name: 'beta', Count: 2, At: '2026-01-02T00:00:00Z', Took: '00:00:10', Bag: { a: 1 } })
})
