import type { Column, ColumnType, Value } from '../api/query'
import { timeText, type Zone } from './zone'

/** Whether the values of a type are numbers that can be added. */
export const isNumber = (t: ColumnType) => t === 'int' || t === 'long' || t === 'real' || t === 'decimal'

/** Columns whose values stand at the right, so that digits line up. */
export const alignsRight = (t: ColumnType) => isNumber(t) || t === 'timespan'

/** A value as text: what copies, filters and plain cells show. */
export function textOf(v: Value): string {
  if (v === null) return ''
  if (typeof v === 'object') return JSON.stringify(v)
  return String(v)
}

/** A value as a cell shows it. Times lose their T and Z; the zone stands in the header. */
export function cellText(v: Value, type: ColumnType, z: Zone = 'UTC'): string {
  return type === 'datetime' && typeof v === 'string' ? timeText(v, z) : textOf(v)
}

/** What stands for a value that is not there: texts can be empty, all others null. */
export const nothing = (type: ColumnType) => (type === 'string' ? '(empty)' : 'null')

/** A dynamic value, parsed: the API sends it as JSON text. */
export function dynamicOf(v: Value): unknown {
  if (typeof v !== 'string') return v
  try {
    return JSON.parse(v, exact as (key: string, value: unknown) => unknown)
  } catch {
    return v
  }
}

/** Numbers that a double cannot hold keep their digits, where the engine can say them. */
function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  const raw = (JSON as unknown as { rawJSON?: (text: string) => object }).rawJSON
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source && raw ? raw(context.source) : value
}

/** The digits of a number that a double cannot hold. */
export function exactDigits(v: unknown): string | undefined {
  return typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === null && 'rawJSON' in v ? String(v.rawJSON) : undefined
}

/** A row as one object, dynamic values parsed. */
export function recordOf(columns: Column[], row: Value[]): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  columns.forEach((c, i) => {
    record[c.name] = c.type === 'dynamic' ? dynamicOf(row[i]) : row[i]
  })
  return record
}

/** What a value is in order: numbers and instants as numbers, texts in lower case. Null comes last. */
export function sortKey(v: Value, type: ColumnType): number | string | null {
  if (v === null || v === '') return null
  switch (type) {
    case 'bool':
      return v ? 1 : 0
    case 'int':
    case 'long':
    case 'real':
    case 'decimal': {
      const n = typeof v === 'number' ? v : Number(v)
      return Number.isNaN(n) ? null : n
    }
    case 'timespan':
      return secondsOf(String(v))
    case 'datetime':
      return String(v) // ISO 8601 sorts as text
    default:
      return textOf(v).toLowerCase()
  }
}

/** A timespan as the API writes it, d.hh:mm:ss.fffffff, in seconds. */
export function secondsOf(text: string): number | null {
  const m = /^(-)?(?:(\d+)\.)?(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text)
  if (!m) return null
  const s = Number(m[2] ?? 0) * 86400 + Number(m[3]) * 3600 + Number(m[4]) * 60 + Number(m[5])
  return m[1] ? -s : s
}
