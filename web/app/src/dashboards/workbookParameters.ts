import type { Condition, Option, Parameter } from './model'

export interface Item {
  type?: number
  name?: string
  customWidth?: string
  conditionalVisibility?: Visibility
  conditionalVisibilities?: Visibility[]
  content?: Content
}

interface Visibility {
  parameterName?: string
  comparison?: string
  value?: string
}

/** What an item of a workbook is made of; each type has some of it. */
export interface Content {
  query?: string
  title?: string
  visualization?: string
  queryType?: number
  size?: number
  timeContext?: { durationMs?: number }
  timeContextFromParameter?: string
  parameters?: WorkbookParameter[]
  items?: Item[]
  json?: string
  style?: string
  links?: { cellValue?: string; linkTarget?: string; linkLabel?: string; subTarget?: string; preText?: string }[]
  groupType?: string
  loadFromTemplateId?: string
  exportParameterName?: string
  exportDefaultValue?: string
  timeBrushParameterName?: string
  exportedParameters?: { parameterName?: string; defaultValue?: string }[]
}

export interface WorkbookParameter {
  name?: string
  label?: string
  type?: number
  value?: unknown
  defaultValue?: string
  query?: string
  queryType?: number
  jsonData?: string
  multiSelect?: boolean
  quote?: string
  isHiddenWhenLocked?: boolean
  typeSettings?: { selectAllValue?: string }
  criteriaData?: { criteriaContext?: Criterion }[]
}

interface Criterion {
  leftOperand?: string
  operator?: string
  rightValType?: string
  rightVal?: string
  resultValType?: string
  resultVal?: string
}

/** How workbooks number what a parameter is. */
const resourceTypes: Record<number, string> = { 5: 'Azure resources', 6: 'Azure subscriptions', 7: 'types of Azure resources', 8: 'Azure regions' }

/** The parameter that a workbook's becomes, and what of it does not come over. */
export function parameterOf(p: WorkbookParameter): { parameter?: Parameter; left?: string } {
  if (!p.name || !/^[A-Za-z_]\w*$/.test(p.name)) return { left: `a parameter with the name ${JSON.stringify(p.name ?? '')}` }
  const base = { name: p.name, label: p.label || p.name, written: true as const, hidden: p.isHiddenWhenLocked || undefined }
  if (p.type === 4) return { parameter: { ...base, kind: 'time', value: timespanOf(p.value) } }
  if (p.criteriaData?.length) {
    const { cases, left } = casesOf(p.criteriaData)
    return { parameter: { ...base, kind: 'case', value: '', hidden: true, cases }, left: left && `parameter ${p.name}: ${left}` }
  }
  if (p.type !== undefined && resourceTypes[p.type] && !p.jsonData) {
    return { parameter: { ...base, kind: 'text', value: textOf(p).filter((v) => !v.startsWith('value::'))[0] ?? '' }, left: `parameter ${p.name}: it chooses ${resourceTypes[p.type]}; it became a text` }
  }
  const several = p.multiSelect || undefined
  const all = several ? p.typeSettings?.selectAllValue : undefined
  // Without quotes around them, several values are names or numbers.
  const written = several && p.quote ? undefined : base.written
  const chosen = textOf(p)
  const value = chosen.includes('value::all') ? '*' : chosen.filter((v) => !/^value::\d+$/.test(v)).join('\n')
  const fixed = p.jsonData ?? (p.queryType === 8 ? inlineOf(p.query) : undefined)
  if (p.type !== 1 && (fixed || !p.query)) {
    const options = choicesOf(fixed)
    if (options.length > 0) return { parameter: { ...base, written, kind: 'choice', value, options: firstChosen(options, chosen), multiple: several, all } }
  }
  if (p.query && (p.queryType ?? 0) === 0) return { parameter: { ...base, written, kind: 'query', value, options: authored(value), query: p.query, multiple: several, all } }
  if (p.query) return { parameter: { ...base, kind: 'text', value, options: authored(value), multiple: several, all }, left: `parameter ${p.name}: another service than Log Analytics knows its choices; it became a text` }
  return { parameter: { ...base, kind: 'text', value, options: authored(value), multiple: several, all } }
}

/** Values that a click on a row of a tile would set; here one writes them. */
export function exportsOf(c: Content): Parameter[] {
  const list = [...(c.exportParameterName ? [{ parameterName: c.exportParameterName, defaultValue: c.exportDefaultValue }] : []), ...(c.exportedParameters ?? [])]
  return list
    .filter((e) => /^[A-Za-z_]\w*$/.test(e.parameterName ?? ''))
    .map((e): Parameter => ({ name: e.parameterName!, label: e.parameterName!, kind: 'text', value: e.defaultValue ?? '', options: authored(e.defaultValue), written: true }))
    // A part of time that one would mark in a chart.
    .concat(c.timeBrushParameterName ? [{ name: c.timeBrushParameterName, label: c.timeBrushParameterName, kind: 'time', value: '' }] : [])
}

/** What the author of a workbook wrote may be code. */
const authored = (value: string | undefined): Option[] | undefined => (value && value !== '*' ? value.split('\n').map((v) => ({ value: v })) : undefined)

/** Tabs set a parameter each; what is shown depends on it. */
export function tabsOf(c: Content): Parameter[] {
  const by = new Map<string, Option[]>()
  for (const l of c.links ?? []) {
    if (l.linkTarget?.toLowerCase() !== 'parameter' || !/^[A-Za-z_]\w*$/.test(l.cellValue ?? '')) continue
    by.set(l.cellValue!, [...(by.get(l.cellValue!) ?? []), { value: l.subTarget ?? '', label: l.linkLabel || l.subTarget }])
  }
  return [...by].map(([name, options]) => ({ name, label: name, kind: 'choice', tabs: true, written: true, value: options[0].value, options }))
}

/** A parameter's value as texts: what is chosen, or the default. */
function textOf(p: WorkbookParameter): string[] {
  const { value } = p
  const list = Array.isArray(value) ? value.map(String) : typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : []
  if (list.length > 0 && list[0] !== '') return list
  return p.defaultValue ? [p.defaultValue] : []
}

function timespanOf(value: unknown): string {
  const v = value as { durationMs?: number; endTime?: string } | null | undefined
  const minutes = Math.round((v?.durationMs ?? 0) / 60000)
  if (minutes <= 0) return ''
  return minutes % 1440 === 0 ? `P${minutes / 1440}D` : minutes % 60 === 0 ? `PT${minutes / 60}H` : `PT${minutes}M`
}

/** Choices that a workbook has in it as JSON. */
function choicesOf(json: string | undefined): Option[] {
  try {
    const list = JSON.parse(json ?? '[]') as (string | number | { value?: unknown; label?: unknown; selected?: boolean })[]
    return list.map((c) => (typeof c === 'object' && c ? { value: String(c.value ?? c.label ?? ''), label: c.label === undefined ? undefined : String(c.label), chosen: c.selected === true || undefined } : { value: String(c) }))
  } catch {
    return []
  }
}

/** The content of a query of the kind that holds its own data. */
function inlineOf(query: string | undefined): string | undefined {
  try {
    const { content } = JSON.parse(query ?? '') as { content?: string }
    return typeof content === 'string' ? content : undefined
  } catch {
    return undefined
  }
}

/** "value::1" is whatever comes first. */
const firstChosen = (options: Option[], chosen: string[]) => (chosen.some((v) => /^value::\d+$/.test(v)) && !options.some((o) => o.chosen) ? options.map((o, i) => (i === 0 ? { ...o, chosen: true } : o)) : options)

const operators: Record<string, Condition['how']> = { '==': 'is', '!=': 'isnot', contains: 'contains', startsWith: 'starts', '>': 'above', '>=': 'atleast', '<': 'below', '<=': 'atmost', 'is Empty': 'is', isNull: 'is', isNotNull: 'isnot', 'is not Empty': 'isnot' }
const withoutOperand = /empty|null/i

/** The cases of a parameter that follows from others, and which of them do not come over. */
function casesOf(list: { criteriaContext?: Criterion }[]): { cases: NonNullable<Parameter['cases']>; left?: string } {
  const strange = new Set<string>()
  const cases = list.flatMap(({ criteriaContext: c }) => {
    if (!c) return []
    const value = c.resultValType === 'param' ? `{${c.resultVal ?? ''}:value}` : (c.resultVal ?? '')
    if (c.resultValType === 'expression') {
      strange.add('an expression')
      return []
    }
    if (c.operator === 'Default' || !c.leftOperand) return [{ is: '', value }]
    const how = operators[c.operator ?? '']
    if (!how) {
      strange.add(`the comparison ${c.operator ?? ''}`)
      return []
    }
    const is = withoutOperand.test(c.operator!) ? '' : c.rightValType === 'param' ? `{${c.rightVal ?? ''}:value}` : (c.rightVal ?? '')
    return [{ parameter: c.leftOperand, how, is, value }]
  })
  return { cases, left: strange.size > 0 ? `a case with ${[...strange].join(', ')} is left out` : undefined }
}
