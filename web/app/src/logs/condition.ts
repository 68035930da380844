import type { Column, Value } from '../api/query'
import { pathText, type Path } from '../grid/path'

/** A value as a literal of KQL. */
export function literal(v: Value, type: Column['type']): string {
  if (v === null) return type === 'string' ? '""' : `${type}(null)`
  switch (type) {
    case 'string':
    case 'dynamic':
      return JSON.stringify(String(v)).replace(/[\u2028\u2029]/g, (c) => '\\u' + c.charCodeAt(0).toString(16))
    case 'int':
    case 'long':
    case 'bool':
      return String(v)
    default:
      return `${type}(${String(v)})`
  }
}

/** The query with a condition on a column, or on what is inside it, behind it; before a render if there is one. */
export function conditionOf(query: string, column: Column, value: Value, not: boolean, path: Path = []): string {
  const trimmed = query.replace(/\s*;?\s*$/, '')
  const render = /\n?\s*\|\s*render\b[^|]*$/.exec(trimmed)
  const body = render ? trimmed.slice(0, render.index) : trimmed
  return `${body}\n| where ${comparison(column, value, not, path)}${render ? '\n' + render[0].trim() : ''}`
}

function comparison(column: Column, value: Value, not: boolean, path: Path): string {
  const name = pathText(column.name, path)
  if (value === null && (column.type !== 'string' || path.length > 0)) return `${not ? 'isnotnull' : 'isnull'}(${name})`
  const sign = not ? '!=' : '=='
  if (column.type !== 'dynamic') return `${name} ${sign} ${literal(value, column.type)}`
  if (typeof value === 'number') return `${Number.isInteger(value) ? 'tolong' : 'toreal'}(${name}) ${sign} ${value}`
  if (typeof value === 'boolean') return `tobool(${name}) ${sign} ${value}`
  return `tostring(${name}) ${sign} ${literal(value, 'string')}`
}
