import { describe, expect, test } from 'vitest'
import type { Column } from '../api/query'
import { mainColumns } from './columns'
import { hoursOf, startExpression, within } from './range'
import { toneOf } from './tones'

const of = (...names: string[]): Column[] => names.map((name) => ({ name, type: 'string' }))
const names = (table: string, columns: Column[], rows?: (string | null)[][]) => mainColumns(table, columns, rows).map((i) => columns[i].name)

describe('the columns shown first', () => {
  test('of a known table are those chosen for it', () =>
    expect(names('SigninLogs', of('ResourceId', 'OperationName', 'TimeGenerated', 'IPAddress', 'UserPrincipalName', 'ResultType'))).toEqual(['TimeGenerated', 'UserPrincipalName', 'ResultType', 'IPAddress']))
  test('of another are those with telling names, before the rest', () =>
    expect(names('Mine_CL', of('TenantId', 'Blob_s', 'ClientIP', 'TimeGenerated', 'UserName', 'Action_s'))).toEqual(['TimeGenerated', 'Action_s', 'UserName', 'ClientIP', 'Blob_s']))
  test('leave out what no row fills', () => expect(names('Mine_CL', of('TimeGenerated', 'UserName', 'Action_s'), [['t', '', 'x'], ['t', null, 'y']])).toEqual(['TimeGenerated', 'Action_s']))
  test('are all of them where none is better', () => expect(names('T', of('TenantId', 'Type'))).toEqual(['TenantId', 'Type']))
})

describe('rows stand out', () => {
  const tone = (column: string, value: string | number | boolean | null) => toneOf([{ name: 'Other', type: 'string' }, { name: column, type: 'string' }])(['High', value])
  test.each([
    ['ResultType', '0', undefined], ['ResultType', '50126', 'bad'], ['ResultType', 'Success', undefined], ['ResultType', 'Failed', 'bad'], ['StatusCode', 403, 'bad'], ['StatusCode', 200, undefined],
    ['AlertSeverity', 'High', 'bad'], ['AlertSeverity', 'Medium', 'warn'], ['AlertSeverity', 'Low', undefined], ['SeverityLevel', 'err', 'bad'], ['SeverityLevel', 2, 'warn'], ['Success', false, 'bad'], ['FlowStatus_s', 'D', 'bad'],
    ['FlowStatus', 'Allowed', undefined], ['Whatever', 'Failed', undefined], ['ResultType', null, undefined],
  ])('%s %s', (column, value, want) => expect(tone(column, value)).toBe(want))
  test('by the worst of their columns', () => expect(toneOf([{ name: 'Level', type: 'string' }, { name: 'StatusCode', type: 'int' }])(['Warning', 500])).toBe('bad'))
})

describe('a range', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  const between = { kind: 'between', from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' } as const
  test.each([
    [{ kind: 'last', duration: 'P7D' }, 168, 'ago(7d)'], [{ kind: 'last', duration: 'PT4H' }, 4, 'ago(4h)'], [{ kind: 'last', duration: 'PT15M' }, 1, 'ago(15m)'], [{ kind: 'last', duration: 'P1DT12H' }, 36, 'ago(36h)'], [between, 48, 'datetime(2026-01-01T00:00:00Z)'],
  ] as const)('%j', (range, hours, start) => {
    expect(hoursOf(range, now)).toBe(hours)
    expect(startExpression(range)).toBe(start)
  })
  test('in KQL ends where it ends', () => {
    expect(within('T', { kind: 'last', duration: 'P1D' })).toBe('T > ago(1d)')
    expect(within('T', between)).toBe('T between (datetime(2026-01-01T00:00:00Z) .. datetime(2026-01-03T00:00:00Z))')
  })
})
