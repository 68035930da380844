import { describe, expect, test } from 'vitest'
import { language, schema, type Language, type ShowSchema } from '../api/schema'
import { saved } from '../logs/saved'
import { callAt, declarations, parameterAt, parameterName, parametersOf } from './calls'
import { ours, schemaDoc, valuesOf } from './known'

describe('calls', () => {
  test.each<[string, ReturnType<typeof callAt>]>([
    ['T | extend x = strcat(a, ', { name: 'strcat', argument: 1 }],
    ['T | where f(g(1, 2), h("a,(b", ', { name: 'h', argument: 1 }],
    ['print datetime_part("', { name: 'datetime_part', argument: 0, quote: '"' }],
    ['print f(dynamic([1, 2]), ', { name: 'f', argument: 1 }],
    ["print f(@'C:\\', ", { name: 'f', argument: 1 }],
    ['print f (1, // g(\n 2, ', { name: 'f', argument: 2 }],
    ['print 1 + (2, ', undefined],
    ['print f(1) ', undefined],
    ['print 1 // f(', undefined],
    ['print f(\n\nT | where g(', { name: 'g', argument: 0 }],
  ])('at the end of %j', (text, want) => expect(callAt(text, text.length)).toEqual(want))

  test('have the parameters that the table says', () => {
    expect(parametersOf('(part:const string, date:datetime):int')).toEqual(['part:const string', 'date:datetime'])
    expect(parametersOf('({predicate:bool, then:~T}..., else:~T):T')).toEqual(['{predicate:bool, then:~T}...', 'else:~T'])
    expect(parametersOf('():datetime')).toEqual([])
    expect(parameterName('[kind:const string]')).toBe('kind')
    expect(parameterAt(['delimiter:text', 'arg:text...'], 5)).toBe(1)
    expect(parameterAt(['a:long', 'b:long'], 2)).toBe(2)
  })
  test('of saved functions are declared as in let', () => {
    expect(declarations('T:(a:string, b:long), since:timespan=1d, who:string=")"')).toEqual([
      { name: 'T', type: 'table', columns: [{ name: 'a', type: 'string', default: undefined }, { name: 'b', type: 'long', default: undefined }] },
      { name: 'since', type: 'timespan', default: '1d' },
      { name: 'who', type: 'string', default: '")"' },
    ])
    expect(declarations('T:(*)')).toEqual([{ name: 'T', type: 'table', columns: [] }])
    expect(declarations('')).toEqual([])
  })
})

describe('what the server knows', () => {
  const columns = [{ Name: 'A', Type: 'System.String', CslType: 'string', DocString: 'The first.' }]
  const table = (Name: string, hasRows: boolean) => ({ Name, hasRows, OrderedColumns: columns })
  schema.set({ Plugins: [], Databases: { default: { Name: 'default', Tables: { Empty: table('Empty', false), Full: table('Full', true) }, Functions: {} } } } as ShowSchema)
  language.set({ functions: [{ name: 'dcount', kind: 'aggregate', signatures: ['(x:any):long'], doc: 'Counts.' }], refused: ['hll'], systemColumns: [] } as Language)
  saved.set([{ id: '1', version: '1', body: { title: 'F', folder: '', query: 'Full', function: { name: 'F', parameters: 'a:string' } } }])

  test('is what is offered, in its words', () => {
    const offered = ours([{ label: 'hll(x)' }, { label: 'dcount(x)', documentation: 'theirs' }, { label: 'F(a)' }, { label: 'Mine(x)' }, { label: 'fork' }, { label: 'where' }, { label: 'Empty', sortText: 'a' }, { label: 'Full', sortText: 'b' }])
    expect(offered.map((o) => o.label)).toEqual(['dcount(x)', 'F(a)', 'Mine(x)', 'where', 'Empty', 'Full'])
    expect(JSON.stringify(offered[0].documentation)).toContain('Counts.')
    expect(offered[5].sortText! < offered[4].sortText!).toBe(true)
  })
  test('explains tables, and columns of the tables that a query names', () => {
    expect(schemaDoc('Empty', '')).toContain('empty')
    expect(schemaDoc('A', 'Full | where A == 1')).toContain('in Full  \nThe first.')
    expect(schemaDoc('A', 'print A = 1')).toBeUndefined()
  })
  test('names the texts that an argument may be', () => {
    expect(valuesOf('datetime_diff', 'part:const string')).toContain('week_of_year')
    expect(valuesOf('datetime_utc_to_local', 'timezone:string')).toContain('Europe/Oslo')
    expect(valuesOf('strcat', 'arg:text...')).toEqual([])
  })
})
