import { describe, expect, test } from 'vitest'
import type { Column, Row } from '../api/query'
import { exported } from './exporting'
import { cellText, dynamicOf, exactDigits, secondsOf, sortKey } from './format'
import { columnAt, offsetsOf, windowOf } from './layout'
import { emptyView, groupPaths, linesOf, rowsOf, valuesOf, type Filter, type View } from './model'
import { pathText } from './path'
import { areaOf, copyCells, copyRows, stepOf } from './selection'
import { timeText } from './zone'

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
  expect(cellText('2026-01-02T03:04:05.1234567Z', 'datetime')).toBe('2026-01-02 03:04:05.1234567')
  expect(cellText(0.1 + 0.2, 'real')).toBe('0.30000000000000004')
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

describe('choosing cells', () => {
  const lines = linesOf(columns, rows, emptyView)
  const shown = [0, 1, 4]
  test('copies what spreadsheets take', () => {
    expect(copyCells(columns, rows, lines, shown, areaOf({ anchor: { line: 1, column: 1 }, active: { line: 0, column: 0 } }), false)).toBe('beta\t2\nAlpha\t10')
    expect(copyCells(columns, rows, lines, shown, { top: 0, bottom: 0, left: 2, right: 2 }, false)).toBe('{"a":1}')
    expect(copyCells(columns, rows, lines, shown, { top: 0, bottom: 0, left: 1, right: 2 }, true)).toBe('Count\tBag\n2\t"{""a"":1}"')
    expect(JSON.parse(copyRows(columns, rows, lines, { top: 0, bottom: 1, left: 0, right: 0 }))).toHaveLength(2)
  })
  test('goes by keys and stays inside', () => {
    const from = { line: 5, column: 1 }
    const to = (key: string, ctrlKey = false) => stepOf({ key, ctrlKey, metaKey: false }, from, 10, 12, 3)
    expect(to('PageDown')).toEqual({ line: 11, column: 1 })
    expect(to('ArrowUp', true)).toEqual({ line: 0, column: 1 })
    expect(to('End')).toEqual({ line: 5, column: 2 })
    expect(to('x')).toBeUndefined()
  })
})

describe('values to pick', () => {
  test('are counted among what the other filters leave', () => {
    const view = { ...emptyView, filters: [{ column: 0, how: 'is' as const, value: 'beta' }, { column: 1, how: 'atleast' as const, value: '2' }] }
    expect(valuesOf(columns, rows, view, 0)).toEqual([{ text: 'Alpha', count: 1 }, { text: 'beta', count: 1 }])
  })
  test('choose rows, empty ones too', () => expect(order({ filters: [{ column: 0, how: 'oneof', value: '', values: ['', 'beta'] }] })).toEqual([0, 2]))
  test('groups have paths that open them all', () => {
    const view = { ...emptyView, groups: [0, 1] }
    expect(linesOf(columns, rows, { ...view, open: groupPaths(columns, rows, view) }).filter((l) => l.kind === 'row')).toHaveLength(4)
  })
})

test('pinned columns stay, and give way where there is no room for others', () => {
  const offsets = offsetsOf(Array(50).fill(100))
  expect(windowOf(0, 2000, 600, 800, 10, offsets, 2)).toMatchObject({ pins: 2, firstColumn: 20 })
  expect(windowOf(0, 0, 600, 250, 10, offsets, 2)).toMatchObject({ pins: 0, firstColumn: 0 })
  expect([columnAt(0, offsets), columnAt(250, offsets), columnAt(99_999, offsets)]).toEqual([0, 2, 49])
})

test('times keep their ticks in every zone', () => {
  const at = new Date('2026-07-01T12:00:00Z')
  expect(timeText('2026-07-01T12:00:00.1234567Z', 'local')).toMatch(new RegExp(`${String(at.getHours()).padStart(2, '0')}:00:00\\.1234567$`))
  expect(timeText('0001-01-01T00:00:00Z', 'UTC')).toBe('0001-01-01 00:00:00')
})

test('paths into dynamic values are KQL', () => {
  expect(pathText('Bag', ['a', 0, 'b c', "d'\"e"])).toBe('Bag.a[0]["b c"]["d\'\\"e"]')
  expect(pathText(undefined, ['my col', 'x'])).toBe("['my col'].x")
})

test('numbers that a double cannot hold keep their digits inside dynamic values', () => {
  const big = (dynamicOf('{"a":12345678901234567890}') as { a: unknown }).a
  expect([exactDigits(big), big]).toContainEqual('rawJSON' in JSON ? '12345678901234567890' : 12345678901234567890)
  expect(exactDigits({ a: 1 })).toBeUndefined()
})

test('CSV can leave formulas as they are', () => expect(exported('plain', columns.slice(0, 1), [['=1+1']])).toBe('Name\r\n=1+1\r\n'))
