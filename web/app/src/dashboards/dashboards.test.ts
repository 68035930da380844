import { describe, expect, test } from 'vitest'
import { filled, fillingsOf, holds, missing, seen, textFilled } from './fill'
import { readView, viewLink } from './link'
import { blocksOf, spansOf } from './markdownText'
import { emptyDashboard, moved, nearest, parseDashboard, stepped, widths, type DashboardTile, type Parameter } from './model'
import { optionsIn } from './offers'
import { timespanFor } from './timespan'

const now = Date.parse('2026-03-01T12:00:00Z')
const parameter = (part: Partial<Parameter>): Parameter => ({ name: 'p', label: 'P', kind: 'text', value: '', ...part })
const fill = (query: string, part: Partial<Parameter>, timespan = 'P1D') => filled(query, fillingsOf([parameter(part)], {}, timespan), now)

describe('a value that somebody typed', () => {
  test.each([
    ['T | where U == {p}', 'ana', 'T | where U == "ana"'],
    ["T | where U == '{p}'", 'ana', "T | where U == 'ana'"],
    ['T | where U == "{p}"', 'a" or true or "', 'T | where U == "a\\" or true or \\""'],
    ["T | where U == '{p}'", "a' or true or '", "T | where U == 'a\\' or true or \\''"],
    ["T | where U == @'{p}'", "a' or true or '", "T | where U == @'a'' or true or '''"],
    ['T | where U == {p}', 'a" or true or "', 'T | where U == "a\\" or true or \\""'],
    ['T // {p}\n| where {p} == "\\"{p}"', 'x', 'T // {p}\n| where "x" == "\\"x"'],
    ['T | where U == ```{p}```', '``` or true or ```', 'T | where U == "``` or true or ```"'],
    ['T | where U == ~~~"{p}"\n~~~ and V == {p}', 'a`', 'T | where U == "\\"a`\\"\\n" and V == "a`"'],
    ["T | where U == ```it's``` and V == {p}", 'x', "T | where U == ```it's``` and V == \"x\""],
    ['print dynamic({"a":1}), {other}', 'x', 'print dynamic({"a":1}), {other}'],
  ])('%j with %j', (query, value, want) => expect(fill(query, { value })).toBe(want))

  test.each([['12', '12'], ['1h', '1h'], ['ResultType', 'ResultType'], ['1h) | take 1', '"1h) | take 1"'], ['x" or true', '"x\\" or true"'], ['a-b', '"a-b"']])('written as it is only where that is harmless: %j', (value, want) =>
    expect(fill('{p}', { value, written: true })).toBe(want))
})

describe('choices', () => {
  const options = [{ value: 'a', label: 'First' }, { value: '| take 1' }]
  test('that the author fixed may be code, others may not', () => {
    expect(fill('T {p}', { kind: 'choice', options, written: true, value: '| take 1' })).toBe('T | take 1')
    expect(fill('T {p}', { kind: 'choice', options, written: true, value: '| take 2' })).toBe('T "| take 2"')
    expect(fill('T {p}', { kind: 'choice', options, value: 'a' })).toBe('T "a"')
    expect(fill('{p:label}', { kind: 'choice', options, value: 'a' })).toBe('"First"')
  })
  test('of a query are never code', () => {
    const p = parameter({ kind: 'query', query: 'q', written: true, value: '| take 1' })
    expect(filled('T {p}', fillingsOf([p], { p: [{ value: '| take 1' }] }, 'P1D'))).toBe('T "| take 1"')
  })
  test('may be several, or all', () => {
    const several = { kind: 'choice' as const, multiple: true, options: [{ value: 'a' }, { value: 'b"' }] }
    expect(fill('in ({p})', { ...several, value: 'a\nb"' })).toBe('in ("a", "b\\"")')
    expect(fill('in ({p})', { ...several, value: '*' })).toBe('in ("a", "b\\"")')
    expect(fill('in ({p})', { ...several, value: '*', all: '*' })).toBe('in ("*")')
    expect(fill('"{p:label}"', { ...several, value: '*', all: '*' })).toBe('"All"')
    expect(fill("split('{p}', ',')", { ...several, value: 'a\nb' })).toBe("split('a,b', ',')")
  })
  test('that are marked are chosen at first; without any the query waits', () => {
    const p = parameter({ kind: 'query', query: 'q' })
    const none = fillingsOf([p], {}, 'P1D')
    expect(missing('T | where X == {p}', [p], none)).toEqual(['P'])
    expect(missing('T', [p], none)).toEqual([])
    expect(filled('{p}', fillingsOf([p], { p: [{ value: 'x' }, { value: 'y', chosen: true }] }, 'P1D'))).toBe('"y"')
  })
  test('come from the columns named so, else from the first two', () => {
    const table = (names: string[], ...rows: (string | number | boolean)[][]) => ({ name: 't', columns: names.map((name, i) => ({ name, type: i === 2 ? ('bool' as const) : ('string' as const) })), rows })
    expect(optionsIn(table(['A', 'B', 'C'], ['x', 'X', true], ['y', 'y', false], ['x', 'again', false]))).toEqual([{ value: 'x', label: 'X', chosen: true }, { value: 'y' }])
    expect(optionsIn(table(['Label', 'Value'], ['X', 'x']))).toEqual([{ value: 'x', label: 'X' }])
    expect(optionsIn(table(['A'], ['x'], ['']))).toEqual([{ value: 'x' }])
  })
})

describe('times', () => {
  const between = '2026-01-01T00:00:00Z/2026-01-03T00:00:00Z'
  test.each([
    ['where T {p}', 'PT1H', 'where T > ago(3600s)'],
    ['where T {p}', between, 'where T between (datetime(2026-01-01T00:00:00.000Z) .. datetime(2026-01-03T00:00:00.000Z))'],
    ['from {p:start} to {p:end} step {p:grain}', 'P1D', 'from ago(86400s) to now() step 30m'],
    ['from {p:start} to {p:end}', between, 'from datetime(2026-01-01T00:00:00.000Z) to datetime(2026-01-03T00:00:00.000Z)'],
    ['datetime({p:start})', 'P1D', 'datetime(2026-02-28T12:00:00.000Z)'],
    ["todatetime('{p:endISO}')", 'P1D', "todatetime('2026-03-01T12:00:00.000Z')"],
    ['ago({p:value})', 'PT4H', 'ago(14400s)'],
    ['{p:seconds} {p:hours}', 'PT4H', '14400 4'],
    ['"{p:label}"', 'P7D', '"Last 7 days"'],
  ])('%j over %s', (query, value, want) => expect(fill(query, { kind: 'time', value })).toBe(want))
  test('follow the dashboard where they have no value of their own', () => expect(fill('{p}', { kind: 'time' }, 'P2D')).toBe('> ago(172800s)'))
  test('are a tile’s own, a parameter’s, the query’s or the dashboard’s', () => {
    const f = fillingsOf([parameter({ kind: 'time', value: 'PT1H' })], {}, 'P1D')
    expect([undefined, '', 'P7D', '{p}', '{gone}'].map((timespan) => timespanFor({ timespan }, { timespan: 'P1D' }, f))).toEqual(['P1D', undefined, 'P7D', 'PT1H', 'P1D'])
  })
})

describe('what follows from parameters', () => {
  const list: Parameter[] = [
    parameter({ name: 'a', value: 'x' }),
    parameter({ name: 'time', kind: 'time', value: 'PT1H' }),
    parameter({ name: 'c', kind: 'case', cases: [{ parameter: 'a', how: 'is', is: 'y', value: 'no' }, { parameter: 'a', how: 'starts', is: 'X', value: '{time:start}' }, { value: 'else' }] }),
  ]
  const f = fillingsOf(list, {}, 'P1D')
  test('a case takes the first that holds', () => {
    expect(filled('where T > {c}', f, now)).toBe('where T > ago(3600s)')
    expect(filled("'{c}'", f, now)).not.toContain('ago')
  })
  test.each([
    [{ parameter: 'a', how: 'is', is: 'x' }, true], [{ parameter: 'a', how: 'isnot', is: 'x' }, false], [{ parameter: 'a', how: 'contains', is: 'X' }, true], [{ parameter: 'nothing', how: 'is', is: '' }, true],
    [{ parameter: 'a', how: 'is', is: '{a}' }, true], [{ parameter: 'a', how: 'above', is: '3' }, false],
  ] as const)('%j is %s', (condition, want) => expect(holds(condition, f)).toBe(want))
  test('a tile is seen while all its conditions hold', () => {
    expect(seen(undefined, f)).toBe(true)
    expect(seen([{ parameter: 'a', how: 'is', is: 'x' }, { parameter: 'a', how: 'is', is: 'y' }], f)).toBe(false)
  })
  test('titles name the label, and parts of JSON are found', () => {
    const g = fillingsOf([parameter({ kind: 'choice', options: [{ value: 'a', label: 'First' }], value: 'a' }), parameter({ name: 'j', value: '{"id":7,"of":[{"n":"x"}]}' })], {}, 'P1D')
    expect(textFilled('By {p} in {j:$.of[0].n} {gone}', g)).toBe('By First in x {gone}')
    expect(filled('{j:$.id}', g)).toBe('"7"')
  })
})

describe('tiles', () => {
  const tiles = ['a', 'b', 'c'].map((id): DashboardTile => ({ id, title: id, query: 'q', visualization: '', width: 6, height: 2 }))
  test('move in the order, not out of it', () => {
    expect(moved(tiles, 0, 2).map((t) => t.id)).toEqual(['b', 'c', 'a'])
    expect(moved(tiles, 0, -1)).toBe(tiles)
    expect(moved(tiles, 0, 3)).toBe(tiles)
  })
  test('grow by steps and to the nearest size', () => {
    expect(stepped(widths, 6, 1)).toBe(8)
    expect(stepped(widths, 12, 1)).toBe(12)
    expect(nearest(widths, 5.2)).toBe(6)
  })
})

describe('a link to a view', () => {
  const saved = { ...emptyDashboard('D'), parameters: [parameter({ value: 'a' }), parameter({ name: 'q' })] }
  test('carries what differs and gives it back', () => {
    const view = { ...saved, timespan: 'P7D', parameters: [{ ...saved.parameters[0], value: 'x&y=ü' }, saved.parameters[1]] }
    const link = viewLink('id', saved, view)
    expect(readView(saved, link.slice(link.indexOf('#') + 1))).toEqual(view)
    expect(viewLink('id', saved, saved)).toBe('/dashboards/id')
  })
  test('changes nothing else', () => expect(readView(saved, 'edit')).toEqual(saved))
})

describe('Markdown', () => {
  test('is taken apart', () =>
    expect(blocksOf('# Title #\nOne\ntwo <b>bold</b>\n\n- a\n- b\n1. c\n\n| h | i |\n|---|:-:|\n| 1 | 2 |\n```\n# code\n```\n---')).toEqual([
      { kind: 'heading', level: 1, text: 'Title' }, { kind: 'text', text: 'One two bold' }, { kind: 'list', ordered: false, items: ['a', 'b'] }, { kind: 'list', ordered: true, items: ['c'] },
      { kind: 'table', head: ['h', 'i'], rows: [['1', '2']] }, { kind: 'code', text: '# code' }, { kind: 'rule' },
    ]))
  test('has bold and italic, and names with underscores stay names', () =>
    expect(spansOf('_so_ *it* __is__ a_b_c')).toEqual([{ kind: 'italic', text: 'so' }, { kind: 'text', text: ' ' }, { kind: 'italic', text: 'it' }, { kind: 'text', text: ' ' }, { kind: 'bold', text: 'is' }, { kind: 'text', text: ' a_b_c' }]))
  test('links only to other sites and within the console', () => {
    expect(spansOf('**b** `c` [l](https://example.org/a_(b)) [x](javascript:alert(1)) [y](//evil.example) [z](/logs) ![p](https://example.org/p.png)')).toEqual([
      { kind: 'bold', text: 'b' }, { kind: 'text', text: ' ' }, { kind: 'code', text: 'c' }, { kind: 'text', text: ' ' }, { kind: 'link', text: 'l', to: 'https://example.org/a_(b)' }, { kind: 'text', text: ' ' },
      { kind: 'text', text: 'x' }, { kind: 'text', text: ' ' }, { kind: 'text', text: 'y' }, { kind: 'text', text: ' ' }, { kind: 'link', text: 'z', to: '/logs' }, { kind: 'text', text: ' ' }, { kind: 'text', text: 'p' },
    ])
  })
})

test('dashboards come back from JSON, and what is none is refused', () => {
  const d = parseDashboard({ title: 'D', tiles: [{ title: 't', query: 'q', width: 7, height: 2 }], parameters: [{ name: 'a', kind: 'choice', options: ['x', { value: 'y', label: 'Y' }] }] })
  expect(d).toMatchObject({ title: 'D', timespan: 'P1D', tiles: [{ query: 'q', width: 6 }], parameters: [{ options: [{ value: 'x' }, { value: 'y', label: 'Y' }] }] })
  expect(parseDashboard(JSON.parse(JSON.stringify(d)))).toEqual({ ...d, tiles: [{ ...d.tiles[0], id: expect.any(String) }] })
  expect(() => parseDashboard({ hello: 1 })).toThrow(/neither a dashboard/)
})
