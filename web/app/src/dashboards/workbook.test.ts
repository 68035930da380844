import { describe, expect, test } from 'vitest'
import { filled, fillingsOf, seen } from './fill'
import { findWorkbook, fromWorkbook } from './workbook'

const query = (name: string, content: object, more: object = {}) => ({ type: 3, name, content: { query: 'T | count', queryType: 0, ...content }, ...more })
const parameters = (...list: object[]) => ({ type: 9, content: { parameters: list } })
const book = (...items: object[]) => fromWorkbook({ version: 'Notebook/1.0', items })!

describe('a workbook', () => {
  test('is found alone and in a template', () => {
    const items = [query('q', {})]
    expect(findWorkbook({ version: 'Notebook/1.0', items })).toMatchObject({ items })
    expect(findWorkbook({ $schema: 'x', resources: [{ type: 'microsoft.insights/workbooks', properties: { displayName: 'Health', serializedData: JSON.stringify({ items }) } }] })).toMatchObject({ title: 'Health', items })
    expect(findWorkbook({ tiles: [] })).toBeUndefined()
  })

  test('has its own title, that of its first heading, or the file’s', () => {
    expect(fromWorkbook({ items: [query('q', {})] }, 'file')!.dashboard.title).toBe('file')
    expect(fromWorkbook({ items: [{ type: 1, content: { json: 'Hello\n# Big #' } }, query('query - 1', {})] }, 'file')!.dashboard).toMatchObject({ title: 'Big', tiles: [{}, { title: '' }] })
  })

  test('gives tiles with their look, size and time', () => {
    const { dashboard } = book(
      parameters({ name: 'Range', type: 4, value: { durationMs: 14 * 86400e3 } }, { name: 'Other', type: 4, value: { durationMs: 3600e3 } }),
      query('a', { visualization: 'linechart', size: 2, timeContextFromParameter: 'Range' }, { customWidth: '33' }),
      query('b', { title: 'B', timeContext: { durationMs: 3600e3 } }),
      query('c', { timeContextFromParameter: 'Other' }),
      query('d', { query: 'T | where TimeGenerated {Range}' }),
    )
    expect(dashboard.timespan).toBe('P14D')
    expect(dashboard.tiles).toMatchObject([{ title: 'a', visualization: 'timechart', width: 4, height: 3 }, { title: 'B', timespan: 'PT60M', width: 12 }, { timespan: '{Other}' }, { timespan: '' }])
    expect(dashboard.tiles[0].timespan).toBeUndefined()
    expect(filled(dashboard.tiles[3].query, fillingsOf(dashboard.parameters, {}, dashboard.timespan))).toBe('T | where TimeGenerated > ago(1209600s)')
  })

  test('gives texts and groups, whose widths and conditions add up', () => {
    const { dashboard, left } = book(
      { type: 1, content: { json: 'Hello\n\n## You, {Name}\n\nand more' } },
      parameters({ name: 'Name', type: 1, value: 'x' }),
      { type: 12, customWidth: '50', conditionalVisibility: { parameterName: 'Name', comparison: 'isEqualTo', value: 'x' }, content: { groupType: 'editable', items: [query('in', {}, { customWidth: '50', conditionalVisibility: { parameterName: 'Name', comparison: 'isNotEqualTo', value: 'y' } })] } },
      { type: 12, name: 'far', content: { groupType: 'template', loadFromTemplateId: 'z' } },
    )
    expect(dashboard.tiles).toMatchObject([{ text: 'Hello\n\n## You, {Name}\n\nand more' }, { title: 'in', width: 3, visible: [{ parameter: 'Name', how: 'is', is: 'x' }, { parameter: 'Name', how: 'isnot', is: 'y' }] }])
    expect(left).toEqual(['group far: it loads another workbook'])
  })

  test('gives tabs, and links as a list', () => {
    const { dashboard } = book(
      { type: 11, content: { style: 'tabs', links: [{ cellValue: 'tab', linkTarget: 'parameter', linkLabel: 'First', subTarget: 'one' }, { cellValue: 'tab', linkTarget: 'parameter', linkLabel: 'Second', subTarget: 'two' }] } },
      { type: 11, content: { style: 'list', links: [{ cellValue: 'https://example.org/', linkTarget: 'Url', linkLabel: 'Docs' }, { cellValue: 'javascript:x', linkTarget: 'Url', linkLabel: 'Bad' }] } },
      query('a', {}, { conditionalVisibility: { parameterName: 'tab', value: 'one' } }),
      query('b', {}, { conditionalVisibilities: [{ parameterName: 'tab', value: 'two' }] }),
    )
    expect(dashboard.parameters).toMatchObject([{ name: 'tab', tabs: true, value: 'one', options: [{ value: 'one', label: 'First' }, { value: 'two', label: 'Second' }] }])
    const fillings = fillingsOf(dashboard.parameters, {}, 'P1D')
    expect(dashboard.tiles.filter((t) => seen(t.visible, fillings)).map((t) => t.text ?? t.title)).toEqual(['- [Docs](https://example.org/)', 'a'])
  })

  test('names what has no place, each by itself', () => {
    const { dashboard, left } = book(
      query('Resource Graph', { queryType: 1 }), { type: 10, name: 'cpu', content: {} }, { type: 99, name: 'odd' },
      query('orphan', { query: 'T | where X == {Given:value}' }),
      query('r', { query: 'T | where S in ({Sub})' }),
      parameters({ name: 'Sub', type: 6, value: ['value::all'] }, { name: 'Unused', type: 5 }),
    )
    expect(left).toEqual(['Resource Graph: it asks Azure Resource Graph', 'cpu: it asks for Azure’s metrics', 'odd of type 99', 'parameter Sub: it chooses Azure subscriptions; it became a text', 'orphan: it needs {Given}, which the workbook does not define'])
    expect(dashboard.tiles.map((t) => t.title)).toEqual(['r'])
    expect(dashboard.parameters.map((p) => p.name)).toEqual(['Sub'])
  })
})

describe('a workbook’s parameters', () => {
  const one = (p: object, use = '{P}') => {
    const { dashboard, left } = book(parameters({ name: 'P', ...p }), query('q', { query: use }))
    return { p: dashboard.parameters[0], left, text: filled(use, fillingsOf(dashboard.parameters, { P: [{ value: 'o1' }, { value: 'o2' }] }, 'P1D')) }
  }
  const several = { type: 2, multiSelect: true, quote: "'", delimiter: ',' }
  test.each([
    ['a text', { type: 1, value: '5' }, '{P}', '5'],
    ['a text in quotes', { type: 1, value: "it's" }, "'{P}'", "'it\\'s'"],
    ['a text for escaping', { type: 1, value: 'a"b' }, '"{P:escape}"', '"a\\"b"'],
    ['a fixed choice, which may be code', { type: 2, jsonData: '[{"value":"| take 1","label":"One","selected":true}]' }, 'T {P}', 'T | take 1'],
    ['the first of fixed choices', { type: 2, jsonData: '["a","b"]', value: 'value::1' }, '{P}', 'a'],
    ['several fixed choices', { ...several, jsonData: '["a","b","c"]', value: ['a', 'c'] }, 'in ({P})', 'in ("a", "c")'],
    ['all, by a value for it', { ...several, query: 'T | distinct X', value: ['value::all'], typeSettings: { selectAllValue: '*' } }, "'*' in ({P})", '\'*\' in ("*")'],
    ['all, as a list', { ...several, query: 'T | distinct X', value: ['value::all'] }, 'in ({P})', 'in ("o1", "o2")'],
    ['options', { type: 10, jsonData: '[{"value":"Yes","label":"y"},{"value":"No"}]', value: 'No' }, "'{P}'", "'No'"],
    ['data in the workbook', { type: 2, queryType: 8, query: '{"version":"1.0.0","content":"[{\\"value\\":\\"v\\",\\"selected\\":true}]"}' }, '"{P}"', '"v"'],
    ['a case', { type: 1, criteriaData: [{ criteriaContext: { leftOperand: 'P2', operator: '==', rightValType: 'static', rightVal: 'x', resultVal: 'no' } }, { criteriaContext: { operator: 'Default', resultValType: 'static', resultVal: 'sum(X)' } }] }, '{P}', 'sum(X)'],
  ])('%s', (_name, p, use, want) => expect(one(p, use).text).toBe(want))
  test('whose choices only another service knows become texts, and are named', () => expect(one({ type: 2, query: 'resources | project id', queryType: 1 })).toMatchObject({ p: { kind: 'text' }, left: ['parameter P: another service than Log Analytics knows its choices; it became a text'] }))
  test('that a click on a row would set are texts', () => {
    const { dashboard } = book(query('a', { exportParameterName: 'User', exportDefaultValue: 'all', exportedParameters: [{ parameterName: 'App', defaultValue: '' }], timeBrushParameterName: 'Brush' }), query('b', { query: "T | where '{User}' == 'all' and App == '{App}' and TimeGenerated {Brush}" }))
    expect(dashboard.parameters).toMatchObject([{ name: 'User', kind: 'text', value: 'all' }, { name: 'App', kind: 'text' }, { name: 'Brush', kind: 'time' }])
  })
})
