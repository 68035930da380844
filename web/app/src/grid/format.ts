import type { Column, ColumnType, Value } from '../api/query'

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
export function cellText(v: Value, type: ColumnType): string {
  if (v === null) return ''
  if (type === 'datetime' && typeof v === 'string') return v.replace('T', ' ').replace(/(\.\d{3})\d*/, '$1').replace('Z', '')
  if (type === 'real' && typeof v === 'number' && !Number.isInteger(v)) return String(Number(v.toPrecision(12)))
  return textOf(v)
}

/** A dynamic value, parsed: the API sends it as JSON text. */
export function dynamicOf(v: Value): unknown {
  if (typeof v !== 'string') return v
  try {
    return JSON.parse(v)
  } catch {
    return v
  }
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
