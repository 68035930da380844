import { describe, expect, test } from 'vitest'
import { blockAt, blocks, prelude } from './blocks'
import { conditionOf, kqlName, literal } from './condition'
import { linkTo, plainLink, readLink } from './link'
import { failureOf, offsetOf } from './run'
import { describeRange, rangeOf, timespanOf, type TimeRange } from './time'
import { ApiError, errorOf } from '../api/http'
import { parseExact } from '../api/query'

describe('blocks', () => {
  const text = '// a\nA\n| take 1\n\n  \nB\n\n'
  test('are what blank lines separate', () => {
    expect(blocks(text).map((b) => text.slice(b.start, b.end))).toEqual(['// a\nA\n| take 1', 'B'])
    expect(blocks(' \n\n')).toEqual([])
  })
  test.each([[0, '// a\nA\n| take 1'], [10, '// a\nA\n| take 1'], [text.indexOf('B'), 'B'], [text.length, 'B'], [17, '// a\nA\n| take 1']])('the caret at %d is in %j', (caret, want) => {
    const b = blockAt(text, caret)!
    expect(text.slice(b.start, b.end)).toBe(want)
  })
})

describe('prelude', () => {
  const f = { name: 'F', parameters: 'x:string', body: 'T // comment\n| where a == x and b == "no // comment"' }
  const g = { name: 'G', parameters: '', body: 'F("1") | count' }
  test('defines what a query calls, and what that calls first, on one line', () => {
    const text = prelude('G()', [f, g])
    expect(text).toBe('let F = (x:string) { T | where a == x and b == "no // comment" }; let G = () { F("1") | count };')
  })
  test('leaves out what is only in a text, a comment, or defined by the query itself', () => {
    expect(prelude('print "F" // G', [f, g])).toBe('')
    expect(prelude('let F = 1; print F', [f, g])).toBe('')
  })
  test('knows texts in which a backslash is a sign', () => expect(prelude('print @"C:\\" | where F(1)', [f])).toContain('let F'))
  test('ends for functions that call each other', () => {
    const a = { name: 'A', parameters: '', body: 'B()' }
    const b = { name: 'B', parameters: '', body: 'A()' }
    expect(prelude('A()', [a, b])).toContain('let A')
  })
})

describe('links', () => {
  test.each<[string, TimeRange]>([
    ['SigninLogs\n| where x == "café 𝄞 & # % +"', { kind: 'last', duration: 'P7D' }],
    ['T', { kind: 'between', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }],
    ['', { kind: 'query' }],
  ])('carry %j', async (query, range) => {
    const link = await linkTo({ query, range, workspace: 'emea' })
    expect(link).toMatch(/^\/logs#[\w=&%-]+$/)
    expect(await readLink(link.slice(link.indexOf('#') + 1))).toEqual({ query, range, workspace: 'emea', run: false })
    const plain = plainLink({ query, range, run: true })
    expect(await readLink(plain.slice(plain.indexOf('#') + 1))).toMatchObject({ query, range, run: true })
  })
  test('that are broken open nothing', async () => {
    expect(await readLink('z=AAAA')).toBeUndefined()
    expect(await readLink('elsewhere')).toBeUndefined()
  })
})

describe('time', () => {
  test.each([[undefined, 'Set in query'], ['PT1H', 'Last hour'], ['P3D', 'P3D'], ['2026-01-01T00:00:00Z/2026-01-02T00:00:00Z', '2026-01-01 00:00 – 2026-01-02 00:00 UTC']])('%s is %s', (span, want) => {
    const range = rangeOf(span)
    expect(describeRange(range)).toBe(want)
    expect(timespanOf(range)).toBe(span)
  })
  test('nonsense is the usual range', () => expect(rangeOf('yesterday')).toEqual({ kind: 'last', duration: 'P1D' }))
})

describe('conditions', () => {
  test('go behind the query and before its render', () => {
    expect(conditionOf('T\n| summarize n = count() by A\n| render piechart;', { name: 'A', type: 'string' }, 'x"y', false)).toBe('T\n| summarize n = count() by A\n| where A == "x\\"y"\n| render piechart')
    expect(conditionOf('T', { name: 'a b', type: 'long' }, null, true)).toBe("T\n| where isnotnull(['a b'])")
    expect(conditionOf('T', { name: 'A', type: 'datetime' }, '2026-01-01T00:00:00Z', true)).toBe('T\n| where A != datetime(2026-01-01T00:00:00Z)')
  })
  test('literals end where they should', () => {
    expect(literal('a\\b\n"c', 'string')).toBe('"a\\\\b\\n\\"c"')
    expect(literal(null, 'real')).toBe('real(null)')
    expect(kqlName("it's")).toBe("['it\\'s']")
  })
})

describe('failures', () => {
  const wire = { code: 'BadArgumentError', message: 'outer', innererror: { code: 'SemanticError', message: 'middle', innererror: { code: 'SEM0100', message: "no 'x' [line 2, position 9]", line: 2, pos: 9, token: 'x' } } }
  test('say the innermost cause and its place', () => {
    const e = errorOf(400, wire)
    expect(e).toMatchObject({ code: 'SEM0100', message: "no 'x'", place: { line: 2, column: 9, token: 'x' } })
    expect(failureOf(e, 'T\n| where x == 1', '')).toMatchObject({ start: 10, end: 11 })
  })
  test('count lines without the functions that were put in front', () => {
    expect(failureOf(errorOf(400, wire), '| where x == 1', 'let F = 1;')).toMatchObject({ start: 8, end: 9 })
    const inside = new ApiError(400, 'bad', 'SEM0100', { line: 1, column: 4, token: 'x' })
    expect(failureOf(inside, 'F()', 'let F = 1;')).toMatchObject({ message: 'In a saved function that the query uses: bad' })
  })
  test('offsets count code points', () => expect('a𝄞b'.slice(offsetOf('a𝄞b', 1, 3))).toBe('b'))
})

test('whole numbers beyond a double keep their digits', () => {
  expect(parseExact('{"rows":[[6308233283,"[1234567890123456789]"]]}')).toEqual({ rows: [[6308233283, '[1234567890123456789]']] })
  const [[exact, small]] = (parseExact('{"rows":[[1234567890123456789,5]]}') as { rows: unknown[][] }).rows
  // Engines without the source of a value in JSON.parse give the nearest number.
  expect([Number(exact), small]).toEqual([1234567890123456800, 5])
})
