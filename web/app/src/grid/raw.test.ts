import { describe, expect, test } from 'vitest'
import { ApiError, ConnectionError } from '../api/http'
import { withRowIds } from '../api/query'
import { pretty } from './pretty'
import { explain } from './RawRecord'

describe('pretty', () => {
  test('changes white space alone', () => {
    expect(pretty('{"b":1.50,"a":[1e400,{"x":"\\u00e4, {\\"}"}],"b":12345678901234567890,"e":{ },"n":[\n]}')).toBe(`{
  "b": 1.50,
  "a": [
    1e400,
    {
      "x": "\\u00e4, {\\"}"
    }
  ],
  "b": 12345678901234567890,
  "e": {},
  "n": []
}`)
    expect(pretty('\uFEFF[true,null,-1]')).toBe('[\n  true,\n  null,\n  -1\n]')
  })
  test.each(['', 'x', '7', '"a"', '{"a":1} {"b":2}', '<13>Mar 4 host text', '{"a":'])('leaves %j alone', (text) => expect(pretty(text)).toBeUndefined())
  test('says the same when read', () => {
    const text = JSON.stringify({ a: ['x\n"y"\\', { '': [] }, [[], {}], 0.1, false], 'k:{': ']' })
    expect(JSON.parse(pretty(text)!)).toEqual(JSON.parse(text))
    expect(pretty(pretty(text)!)).toBe(pretty(text))
  })
})

describe('row ids', () => {
  const wire = (columns: string, rows: string) => JSON.parse(`{"name":"T","columns":[${columns}],"rows":[${rows}]}`) as Parameters<typeof withRowIds>[0]
  test('are taken apart from the columns of the query', () => {
    const t = withRowIds(wire('{"name":"_Seq","type":"long"},{"name":"_Seq","type":"long","rowId":true}', '[1,2],[3,"9007199254740993"],[4,null]'))
    expect(t.columns).toEqual([{ name: '_Seq', type: 'long' }])
    expect(t.rows).toEqual([[1], [3], [4]])
    expect(t.rowIds).toEqual([2, '9007199254740993', null])
  })
  test('are none where the server gave none', () => {
    const t = withRowIds(wire('{"name":"_Seq","type":"long"}', '[1]'))
    expect(t.rows).toEqual([[1]])
    expect(t.rowIds).toBeUndefined()
  })
})

test('errors are said in plain words', () => {
  const of = (code: string, status = 404) => explain(new ApiError(status, 'The journal’s retention removed it.', code))
  expect(of('RecordReleased')).toEqual({ title: 'The raw record is gone', message: 'The journal’s retention removed it.', retry: false })
  expect(of('RecordDamaged').title).toBe('The raw record is damaged')
  expect(of('RecordNotFound').retry).toBe(false)
  expect(of('AuthorizationRequiredError', 401).title).toBe('Your session has ended')
  expect(of('InternalServerError', 500).retry).toBe(true)
  expect(explain(new ConnectionError()).retry).toBe(true)
})
