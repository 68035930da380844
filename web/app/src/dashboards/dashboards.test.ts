import { describe, expect, test } from 'vitest'
import { filled, parseDashboard, type Parameter } from './model'
import { findWorkbook, fromWorkbook } from './workbook'

const value = (v: string): Parameter[] => [{ name: 'user', label: 'User', kind: 'text', value: v }]

describe('parameters', () => {
  test.each([
    ['T | where U == {user}', 'ana', 'T | where U == "ana"'],
    ["T | where U == '{user}'", 'ana', "T | where U == 'ana'"],
    ['T | where U == "{user}"', 'a" or true or "', 'T | where U == "a\\" or true or \\""'],
    ["T | where U == '{user}'", "a' or true or '", "T | where U == 'a\\' or true or \\''"],
    ['T | where U == {user}', 'a" or true or "', 'T | where U == "a\\" or true or \\""'],
    ['T // {user}\n| where {user} == "\\"{user}"', 'x', 'T // {user}\n| where "x" == "\\"x"'],
    ['print dynamic({"a":1}), {other}', 'x', 'print dynamic({"a":1}), {other}'],
  ])('%j with %j', (query, v, want) => expect(filled(query, value(v))).toBe(want))
})

describe('workbooks', () => {
  const items = [
    { type: 9, content: { parameters: [{ name: 'Time', type: 4 }, { name: 'App', type: 2, query: 'T | distinct App' }, { name: 'Sub', type: 6 }] } },
    { type: 3, name: 'q', customWidth: '33', content: { query: 'T\n| where TimeGenerated {Time}\n| summarize count() by bin(TimeGenerated, {Time:grain})', visualization: 'linechart', queryType: 0, timeContext: { durationMs: 3600000 } } },
    { type: 12, content: { items: [{ type: 11, name: 'links' }] } },
  ]
  test('give their query tiles, parameters and times; the rest is named', () => {
    const { dashboard, left } = fromWorkbook({ version: 'Notebook/1.0', items })!
    expect(dashboard.tiles).toMatchObject([{ title: 'q', width: 4, visualization: 'timechart', timespan: 'PT60M', query: 'T\n| summarize count() by bin(TimeGenerated, 1h)' }])
    expect(dashboard.parameters).toMatchObject([{ name: 'App', kind: 'query', query: 'T | distinct App' }])
    expect(left).toEqual(['parameter Sub: of a kind that dashboards do not have', 'links of type 11'])
  })
  test('are found in an ARM template', () => {
    const template = { $schema: 'x', resources: [{ type: 'microsoft.insights/workbooks', properties: { displayName: 'Health', serializedData: JSON.stringify({ items }) } }] }
    expect(findWorkbook(template)).toMatchObject({ title: 'Health', items: expect.any(Array) })
    expect(findWorkbook({ tiles: [] })).toBeUndefined()
  })
})

test('dashboards come back from JSON, and what is none is refused', () => {
  const d = parseDashboard({ title: 'D', tiles: [{ title: 't', query: 'q', width: 7, height: 2 }] })
  expect(d).toMatchObject({ title: 'D', timespan: 'P1D', tiles: [{ query: 'q', width: 6 }] })
  expect(() => parseDashboard({ hello: 1 })).toThrow(/neither a dashboard/)
})
