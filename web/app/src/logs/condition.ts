import type { Column, Value } from '../api/query'

/** A name as KQL writes it: in brackets where it is not a plain word. */
export const kqlName = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : `['${name.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}']`)

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

/** The query with a condition on a column behind it, before a render if there is one. */
export function conditionOf(query: string, column: Column, value: Value, not: boolean): string {
  const name = kqlName(column.name)
  let condition = `${name} ${not ? '!=' : '=='} ${literal(value, column.type)}`
  if (value === null && column.type !== 'string') condition = `${not ? 'isnotnull' : 'isnull'}(${name})`
  const trimmed = query.replace(/\s*;?\s*$/, '')
  const render = /\n?\s*\|\s*render\b[^|]*$/.exec(trimmed)
  const body = render ? trimmed.slice(0, render.index) : trimmed
  return `${body}\n| where ${condition}${render ? '\n' + render[0].trim() : ''}`
}
