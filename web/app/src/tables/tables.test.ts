import { describe, expect, test } from 'vitest'
import type { SchemaTable } from '../api/schema'
import { listTables, servicesOf } from './list'
import { purposeOf } from './purpose'
import type { TableState } from './states'

const table = (Name: string, more: Partial<SchemaTable> = {}): SchemaTable => ({ Name, OrderedColumns: [], hasRows: false, ...more })
const state = (name: string, rows: number, retentionSeconds = 0): TableState => ({ name, rows, bytes: rows * 10, from: null, to: null, received: `2026-01-0${rows}T00:00:00Z`, retentionSeconds })

describe('the list of tables', () => {
  const known = [table('Beta', { DocString: 'Network flows.' }), table('alpha', { decoders: [{ service: 'Key Vault', categories: ['AuditEvent'], doc: 'd' }] }), table('Gamma')]
  const states = [state('Beta', 2, 3600), state('Gamma', 5), state('New_CL', 3)]
  const list = (o: Partial<Parameters<typeof listTables>[2]>) => listTables(known, states, { wanted: '', shown: 'all', key: 'name', descending: false, ...o })
  const names = (o: Partial<Parameters<typeof listTables>[2]>) => list(o).found.map((t) => t.name)
  test('shows what is asked for', () => {
    expect(names({})).toEqual(['alpha', 'Beta', 'Gamma', 'New_CL'])
    expect(names({ shown: 'rows' })).toEqual(['Beta', 'Gamma', 'New_CL'])
    expect(names({ shown: 'decoded' })).toEqual(['alpha'])
    expect(list({}).counts).toEqual({ rows: 3, decoded: 1, all: 4 })
  })
  test('sorts, with what is missing at the end', () => {
    expect(names({ key: 'rows', descending: true })).toEqual(['Gamma', 'New_CL', 'Beta', 'alpha'])
    expect(names({ key: 'rows' })).toEqual(['Beta', 'New_CL', 'Gamma', 'alpha'])
    expect(names({ key: 'retention', descending: true }).at(-1)).toBe('alpha')
    expect(names({ key: 'retention' })[0]).toBe('Beta')
  })
  test('is searched by name, purpose and service, and tells of finds that are not shown', () => {
    expect(names({ wanted: 'network' })).toEqual(['Beta'])
    expect(list({ wanted: 'auditevent', shown: 'rows' })).toMatchObject({ found: [], elsewhere: 1 })
  })
})

test('services stand once, with their categories', () =>
  expect(servicesOf([{ service: 'A', doc: '' }, { service: 'B', categories: ['x'], doc: '' }, { service: 'A', doc: '' }, { service: 'B', categories: ['x', 'y'], doc: '' }])).toBe('A; B: x, y'))

test.each([
  ['Category: Network. Solution: LogManagement.', '', [['Solution', 'LogManagement'], ['Kind', 'Network']]],
  ['Category: Azure Resources,  Security. Resource types: microsoft.graph/tenants.', '', [['Kind', 'Azure Resources, Security'], ['Resource types', 'microsoft.graph/tenants']]],
  ['Records that nobody knows.', 'Records that nobody knows.', []],
])('%s', (doc, text, facts) => {
  const p = purposeOf(doc)
  expect(p.text).toBe(text)
  expect(new Map(p.facts)).toEqual(new Map(facts as [string, string][]))
})
