import { literal } from '../logs/condition'
import { describeRange, rangeOf, type TimeRange } from '../logs/time'
import { startOf } from '../parts/range'
import { valuesOf, type Condition, type Option, type Parameter } from './model'

/** What a parameter is worth: what queries get for it. */
interface Filling {
  /** The chosen values with their labels; undefined while it is not known, or not chosen. */
  chosen?: Option[]
  /** Everything is chosen, and this stands for it. */
  all?: string
  multiple: boolean
  /** How values outside a text are written: always as texts, as they are where that is harmless, or as they are. */
  form: 'text' | 'harmless' | 'raw'
  time?: TimeRange
  /** The author's text for a case, in which other parameters may stand. */
  template?: string
}

export type Fillings = Map<string, Filling>

/** The choices that queries of parameters gave, by the parameter's name; missing while they are not known. */
export type Offers = Record<string, Option[] | undefined>

/** What all parameters are worth. One that follows from others must come behind them. */
export function fillingsOf(parameters: Parameter[], offers: Offers, timespan: string): Fillings {
  const all: Fillings = new Map()
  for (const p of parameters) all.set(p.name, fillingOf(p, offers[p.name], timespan, all))
  return all
}

function fillingOf(p: Parameter, offered: Option[] | undefined, timespan: string, before: Fillings): Filling {
  const multiple = !!p.multiple
  if (p.kind === 'time') return { multiple: false, form: 'raw', time: rangeOf(p.value || timespan) }
  if (p.kind === 'case') {
    const hit = (p.cases ?? []).find((c) => !c.parameter || holds({ parameter: c.parameter, how: c.how ?? 'is', is: c.is ?? '' }, before))
    return { multiple: false, form: 'raw', template: hit?.value, chosen: hit ? [{ value: textFilled(hit.value, before) }] : undefined }
  }
  const options = p.kind === 'query' ? (offered ?? []) : (p.options ?? [])
  const form = !p.written ? 'text' : p.kind === 'query' ? 'harmless' : 'raw'
  const values = multiple || p.value === '*' ? valuesOf(p.value) : p.value === '' ? [] : [p.value]
  if (values.includes('*')) {
    if (p.all !== undefined) return { multiple, form, all: p.all, chosen: [{ value: p.all, label: 'All' }] }
    if (p.kind !== 'text') return { multiple, form, chosen: options.length > 0 ? options : undefined }
  }
  if (values.length > 0) {
    // A value beside those that the author wrote is somebody's own: it is never written as it is.
    const authored = values.every((v) => (p.options ?? []).some((o) => o.value === v))
    return { multiple, form: !p.written ? 'text' : authored ? 'raw' : 'harmless', chosen: values.map((v) => options.find((o) => o.value === v) ?? { value: v }) }
  }
  if (p.kind === 'text') return { multiple, form, chosen: [{ value: '' }] }
  const marked = options.filter((o) => o.chosen)
  return { multiple, form, chosen: marked.length > 0 ? (multiple ? marked : marked.slice(0, 1)) : undefined }
}

/** The plain text of a parameter, as conditions compare it. */
function plainText(f: Filling | undefined): string {
  if (!f) return ''
  if (f.time) return describeRange(f.time)
  return (f.chosen ?? []).map((o) => o.value).join(',')
}

/** Whether a condition holds with these values. */
export function holds(c: Condition, fillings: Fillings): boolean {
  const text = plainText(fillings.get(c.parameter))
  const other = textFilled(c.is, fillings)
  const [a, b] = [Number(text), Number(other)]
  switch (c.how) {
    case 'is':
      return text === other
    case 'isnot':
      return text !== other
    case 'contains':
      return text.toLowerCase().includes(other.toLowerCase())
    case 'starts':
      return text.toLowerCase().startsWith(other.toLowerCase())
    case 'above':
      return a > b
    case 'atleast':
      return a >= b
    case 'below':
      return a < b
    case 'atmost':
      return a <= b
  }
}

/** Whether a tile or parameter with these conditions is to be seen. */
export const seen = (conditions: Condition[] | undefined, fillings: Fillings) => (conditions ?? []).every((c) => holds(c, fillings))

const hole = /^\{([A-Za-z_]\w*)(?::([^{}\s]*))?\}/
const fenced = /(```|~~~)([\s\S]*?)\1/y
const harmless = /^(-?\d+(\.\d+)?([eE][-+]?\d+)?(d|h|m|s|ms)?|true|false|null|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*|datetime\([-0-9T:.Z ]+\)|timespan\([0-9.:dhms]+\))$/

/** The names that a query has in braces, as a parameter stands in them. */
export const namesIn = (query: string): string[] => [...new Set([...query.matchAll(/\{([A-Za-z_]\w*)(?::[^{}\s]*)?\}/g)].map((m) => m[1]))]

/** The labels of the parameters that a query names and that have no value yet. */
export function missing(query: string, parameters: Parameter[], fillings: Fillings): string[] {
  const names = namesIn(query)
  return parameters.filter((p) => names.includes(p.name) && !fillings.get(p.name)?.time && !fillings.get(p.name)?.chosen).map((p) => p.label)
}

/**
 * The query with its parameters filled in. Inside a text of the query a value is written as part of that text,
 * elsewhere as a text of its own: a value that somebody typed can never become a part of the query's logic.
 */
export function filled(query: string, fillings: Fillings, now = Date.now()): string {
  let out = ''
  let quote = ''
  let verbatim = false
  for (let i = 0; i < query.length; i++) {
    const c = query[i]
    fenced.lastIndex = i
    const long = quote ? null : fenced.exec(query)
    if (long) {
      // Nothing can be escaped in such a text, so one that gets a value becomes one of the usual form.
      const text = replaced(long[2], fillings, '', now)
      out += text === long[2] ? long[0] : literal(text, 'string')
      i += long[0].length - 1
      continue
    }
    const found = c === '{' ? hole.exec(query.slice(i)) : null
    const f = found ? fillings.get(found[1]) : undefined
    if (found && f) {
      const way = wayOf(found[2])
      if (quote) out += within(inText(f, way, now), quote, verbatim)
      else out += f.time ? timeCode(f.time, way, out, now) : f.template !== undefined ? filled(f.template, fillings, now) : code(f, way)
      i += found[0].length - 1
      continue
    }
    out += c
    if (!quote && c === '/' && query[i + 1] === '/') {
      const end = query.indexOf('\n', i)
      out += query.slice(i + 1, end < 0 ? undefined : end)
      i = end < 0 ? query.length : end - 1
    } else if (quote) {
      if (c === '\\' && !verbatim) out += query[++i] ?? ''
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") {
      quote = c
      verbatim = query[i - 1] === '@'
    }
  }
  return out
}

/** A text of people, a title say, with its parameters filled in. */
export const textFilled = (text: string, fillings: Fillings, now = Date.now()) => replaced(text, fillings, 'label', now)

/** A text with its parameters put in, in the usual way where it names none. */
function replaced(text: string, fillings: Fillings, usual: string, now: number): string {
  return text.replace(/\{([A-Za-z_]\w*)(?::([^{}\s]*))?\}/g, (whole, name: string, way?: string) => {
    const f = fillings.get(name)
    return f ? inText(f, wayOf(way ?? usual), now) : whole
  })
}

/** A value as the inside of a text between such quotes. */
function within(value: string, quote: string, verbatim: boolean): string {
  if (verbatim) return value.replaceAll(quote, quote + quote)
  return literal(value, 'string').slice(1, -1).replace(/'/g, "\\'")
}

function inText(f: Filling, way: string, now: number): string {
  if (f.time) return timeText(f.time, way, now)
  const chosen = f.chosen ?? []
  if (way.startsWith('$')) return partOf(chosen[0]?.value ?? '', way)
  if (way === 'label' || way === 'name') return chosen.map((o) => o.label ?? o.value).join(', ')
  return chosen.map((o) => o.value).join(',')
}

function code(f: Filling, way: string): string {
  const chosen = f.chosen ?? []
  if (way === 'label' || way === 'name') return literal(chosen.map((o) => o.label ?? o.value).join(', '), 'string')
  const one = (v: string) => (f.form === 'raw' || (f.form === 'harmless' && harmless.test(v)) ? v : literal(v, 'string'))
  if (way.startsWith('$')) return one(partOf(chosen[0]?.value ?? '', way))
  if (f.multiple) {
    // A list of names or numbers is written as it is only where that was asked for; all others are texts.
    return chosen.length === 0 ? '""' : chosen.map((o) => one(o.value)).join(', ')
  }
  return one(chosen[0]?.value ?? '')
}

/** How a value is wanted: a word, or a path into it, which tells case apart. */
const wayOf = (text: string | undefined) => (text?.startsWith('$') ? text : (text ?? '').toLowerCase())

/** A part of a value that is JSON: $.name or $[0]. */
function partOf(json: string, path: string): string {
  let v: unknown
  try {
    v = JSON.parse(json)
  } catch {
    return ''
  }
  for (const step of path.slice(1).matchAll(/\.(\w+)|\[(?:'([^']*)'|(\d+))\]/g)) v = (v as Record<string, unknown> | null | undefined)?.[step[1] ?? step[2] ?? step[3]]
  return v === undefined || v === null ? '' : typeof v === 'object' ? JSON.stringify(v) : String(v)
}

const bounds = (r: TimeRange, now: number): [number, number] => (r.kind === 'between' ? [Date.parse(r.from), Date.parse(r.to)] : [startOf(r, now), now])
const seconds = (r: TimeRange, now: number) => Math.round((bounds(r, now)[1] - bounds(r, now)[0]) / 1000)

/** The step that gives about fifty points of a range. */
function grainOf(r: TimeRange, now = Date.now()): string {
  const steps: [number, string][] = [[60, '1s'], [3600, '1m'], [4 * 3600, '5m'], [12 * 3600, '15m'], [86400, '30m'], [3 * 86400, '1h'], [8 * 86400, '4h'], [31 * 86400, '12h']]
  return steps.find(([most]) => seconds(r, now) <= most)?.[1] ?? '1d'
}

/** A time where a query wants code. */
function timeCode(r: TimeRange, way: string, before: string, now: number): string {
  const [start, end] = bounds(r, now)
  const iso = (ms: number) => new Date(ms).toISOString()
  const called = /\b(ago|datetime|todatetime)\(\s*$/.exec(before)?.[1]
  switch (way) {
    case 'start':
    case 'startiso':
      if (called === 'datetime') return iso(start)
      return r.kind === 'between' ? `datetime(${iso(start)})` : `ago(${seconds(r, now)}s)`
    case 'end':
    case 'endiso':
      if (called === 'datetime') return iso(end)
      return r.kind === 'between' ? `datetime(${iso(end)})` : 'now()'
    case '':
    case 'query':
    case 'value':
      if (called === 'ago') return `${seconds(r, now)}s`
      return r.kind === 'between' ? `between (datetime(${iso(start)}) .. datetime(${iso(end)}))` : `> ago(${seconds(r, now)}s)`
    case 'label':
      return literal(describeRange(r), 'string')
  }
  return timeText(r, way, now)
}

function timeText(r: TimeRange, way: string, now: number): string {
  const [start, end] = bounds(r, now)
  const span = seconds(r, now)
  switch (way) {
    case 'start':
    case 'startiso':
      return new Date(start).toISOString()
    case 'end':
    case 'endiso':
      return new Date(end).toISOString()
    case 'grain':
      return grainOf(r, now)
    case 'milliseconds':
      return String(span * 1000)
    case 'seconds':
      return String(span)
    case 'minutes':
      return String(Math.round(span / 60))
    case 'hours':
      return String(Math.round(span / 3600))
    case 'days':
      return String(Math.round(span / 86400))
    case 'duration':
      return `${span}s`
  }
  return describeRange(r)
}
