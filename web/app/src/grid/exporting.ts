import type { Column, Row } from '../api/query'
import { recordOf, textOf } from './format'

export type Format = 'csv' | 'plain' | 'json' | 'markdown'

export const formats: { id: Format; label: string; extension: string; type: string }[] = [
  { id: 'csv', label: 'CSV', extension: 'csv', type: 'text/csv;charset=utf-8' },
  { id: 'plain', label: 'CSV, formulas left in', extension: 'csv', type: 'text/csv;charset=utf-8' },
  { id: 'json', label: 'JSON', extension: 'json', type: 'application/json' },
  { id: 'markdown', label: 'Markdown', extension: 'md', type: 'text/markdown;charset=utf-8' },
]

/** Rows as text of the format. */
export function exported(format: Format, columns: Column[], rows: Row[]): string {
  switch (format) {
    case 'csv':
    case 'plain':
      return csv(columns, rows, format === 'csv')
    case 'json':
      return JSON.stringify(rows.map((r) => recordOf(columns, r)), null, 2)
    case 'markdown':
      return markdown(columns, rows)
  }
}

/** A field of RFC 4180. */
const field = (v: string) => (/[",\r\n]/.test(v) ? `"${v.replace(/"/g, '""')}"` : v)

/** A text that a spreadsheet would take for a formula gets an apostrophe in front: logs hold what attackers wrote. */
const disarmed = (v: string) => (/^[=+\-@\t\r]/.test(v) ? "'" + v : v)

function csv(columns: Column[], rows: Row[], disarm: boolean): string {
  const risky = columns.map((c) => disarm && (c.type === 'string' || c.type === 'dynamic'))
  const lines = [columns.map((c) => field(disarm ? disarmed(c.name) : c.name)).join(',')]
  for (const r of rows) lines.push(r.map((v, i) => field(risky[i] ? disarmed(textOf(v)) : textOf(v))).join(','))
  return lines.join('\r\n') + '\r\n'
}

function markdown(columns: Column[], rows: Row[]): string {
  const cell = (v: string) => v.replace(/\\/g, '\\\\').replace(/\|/g, '\\|').replace(/\r?\n/g, '<br>')
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rule = columns.map((c) => (c.type === 'int' || c.type === 'long' || c.type === 'real' || c.type === 'decimal' ? '--:' : '---'))
  return [line(columns.map((c) => cell(c.name))), line(rule), ...rows.map((r) => line(r.map((v) => cell(textOf(v)))))].join('\n') + '\n'
}
