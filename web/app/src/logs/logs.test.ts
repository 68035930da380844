import { describe, expect, test } from 'vitest'
import { blockAt, blocks, prelude } from './blocks'
import { kqlName } from '../grid/path'
import { conditionOf, literal } from './condition'
import { clearHistory, history, pin, remember } from './history'
import { linkTo, plainLink, readLink } from './link'
import { firstColumns } from './raw'
import { failureOf, offsetOf } from './run'
import { folders, isChanged } from './saved'
import { closeTabs, currentTab, moveTab, openTab, reopenTab, tabs } from './tabs'
import { choosesTime, defaultRange, describeRange, effectiveRange, rangeOf, timespanOf, type TimeRange } from './time'
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
  test('keeps texts of several lines as they are, on one line', () =>
    expect(prelude('F()', [{ name: 'F', parameters: '', body: 'print ```https://x\n  y```, 2 // two' }])).toBe('let F = () { print "https://x\\n  y", 2 };'))
  test('passes over names in texts of several lines', () => expect(prelude("print ```F() it's```", [f])).toBe(''))
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
    const named = await linkTo({ query, range, title: 'T & co', run: true })
    expect(await readLink(named.slice(named.indexOf('#') + 1))).toMatchObject({ title: 'T & co', run: true })
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
  test.each<[string, boolean]>([
    ['T | where TimeGenerated > ago(1h)', true], ['T | where TimeGenerated between (ago(2d) .. now())', true], ['T | where ago(1h) < TimeGenerated', true],
    ['T | make-series n = count() on TimeGenerated from ago(7d) to now() step 1h', true], ['T | summarize count() by bin(TimeGenerated, 1h)', false],
    ['T | project Time = TimeGenerated', false], ['T // where TimeGenerated > ago(1h)', false], ['T | where Text == "TimeGenerated > x"', false],
  ])('%s chooses its time: %s', (query, want) => {
    expect(choosesTime(query)).toBe(want)
    expect(effectiveRange(query, defaultRange)).toEqual(want ? { kind: 'query' } : defaultRange)
  })
  test('nonsense is the usual range', () => expect(rangeOf('yesterday')).toEqual({ kind: 'last', duration: 'P1D' }))
})

describe('conditions', () => {
  test('go behind the query and before its render', () => {
    expect(conditionOf('T\n| summarize n = count() by A\n| render piechart;', { name: 'A', type: 'string' }, 'x"y', false)).toBe('T\n| summarize n = count() by A\n| where A == "x\\"y"\n| render piechart')
    expect(conditionOf('T', { name: 'a b', type: 'long' }, null, true)).toBe("T\n| where isnotnull(['a b'])")
    expect(conditionOf('T', { name: 'A', type: 'datetime' }, '2026-01-01T00:00:00Z', true)).toBe('T\n| where A != datetime(2026-01-01T00:00:00Z)')
  })
  test('reach into dynamic values', () => {
    const bag = { name: 'Bag', type: 'dynamic' as const }
    expect(conditionOf('T', bag, 'x', false, ['a', 0])).toBe('T\n| where tostring(Bag.a[0]) == "x"')
    expect(conditionOf('T', bag, 5, true, ['n'])).toBe('T\n| where tolong(Bag.n) != 5')
    expect(conditionOf('T', bag, true, false, ['b c'])).toBe('T\n| where tobool(Bag["b c"]) == true')
    expect(conditionOf('T', bag, null, false, ['z'])).toBe('T\n| where isnull(Bag.z)')
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

describe('tabs', () => {
  test('open, move, close and come back', () => {
    const a = openTab({ title: 'a', text: 'A' })
    const b = openTab({ title: 'b', text: 'B' })
    expect(currentTab().id).toBe(b)
    moveTab(b, 0)
    expect(tabs.get().list[0].id).toBe(b)
    closeTabs(tabs.get().list.filter((t) => t.id !== a).map((t) => t.id))
    expect(tabs.get().list.map((t) => t.id)).toEqual([a])
    expect(currentTab().id).toBe(a)
    while (tabs.get().closed.some((t) => t.id === b)) reopenTab()
    expect(currentTab()).toMatchObject({ title: 'b', text: 'B' })
    closeTabs(tabs.get().list.map((t) => t.id))
    expect(currentTab().text).toBe('')
  })
})

describe('history', () => {
  const past = (query: string, error?: string) => ({ query, error, at: '2026-01-01T00:00:00Z', outcome: '', seconds: 1 })
  test('keeps what is pinned', () => {
    remember(past('pinned'))
    pin(history.get()[0])
    for (let i = 0; i < 250; i++) remember(past('q' + i))
    expect(history.get()).toHaveLength(201)
    remember(past('pinned', 'wrong'))
    expect(history.get()[0]).toMatchObject({ query: 'pinned', pinned: true, error: 'wrong' })
    clearHistory()
    expect(history.get()).toHaveLength(1)
  })
})

describe('saved queries', () => {
  const doc = (id: string, folder: string, f?: { name: string; parameters: string }) => ({ id, version: '', body: { title: id, folder, query: 'T', function: f } })
  test('stand in folders within folders', () => {
    const tree = folders([doc('a', 'Identity/Sign-ins'), doc('b', ' Identity '), doc('c', ''), doc('d', '', { name: 'F', parameters: '' })])
    expect(tree.map((f) => f.name)).toEqual(['Functions', 'Identity', 'Queries'])
    expect(tree[1]).toMatchObject({ docs: [{ id: 'b' }], folders: [{ name: 'Sign-ins', docs: [{ id: 'a' }] }] })
  })
  test('are changed when the tab has another text', () => {
    expect(isChanged({ saved: 'a', text: ' T\n' }, [doc('a', '')])).toBe(false)
    expect(isChanged({ saved: 'a', text: 'U' }, [doc('a', '')])).toBe(true)
    expect(isChanged({ text: 'U' }, [doc('a', '')])).toBe(false)
  })
})

describe('first columns', () => {
  const names = ['SourceSystem', 'ResourceId', 'TimeGenerated', 'UserPrincipalName', 'ResultType', ...Array.from({ length: 20 }, (_x, i) => 'C' + i)]
  const table = { Name: 'SigninLogs', hasRows: true, OrderedColumns: names.map((Name) => ({ Name, Type: '', CslType: 'string' })) }
  const columns = (list: string[]) => list.map((name) => ({ name, type: 'string' as const }))
  const first = (query: string, list: string[]) => firstColumns(query, { SigninLogs: table }, columns(list), [list.map(() => 'x')])
  test('of whole records are those that say most, behind what the query added', () => {
    expect(first('SigninLogs | take 10', names)?.slice(0, 3)).toEqual([2, 3, 4])
    expect(first('SigninLogs | extend Risk = 1', [...names, 'Risk'])?.slice(0, 3)).toEqual([2, 25, 3])
  })
  test('of a query that chooses are its own', () => {
    expect(first('SigninLogs | project ResultType', ['ResultType'])).toBeUndefined()
    expect(first('print 1', names)).toBeUndefined()
  })
})
