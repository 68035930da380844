import type { Table } from '../api/query'
import { textOf } from '../grid/format'
import type { Option } from './model'

/** The choices that a query gives: by columns named value, label and selected, else by their places. */
export function optionsIn(table: Table): Option[] {
  const named = (name: string, place: number) => {
    const i = table.columns.findIndex((c) => c.name.toLowerCase() === name)
    return i >= 0 ? i : place
  }
  const value = named('value', 0)
  const label = named('label', 1)
  const selected = named('selected', 2)
  const seen = new Set<string>()
  return table.rows.flatMap((r) => {
    const text = textOf(r[value])
    if (text === '' || seen.has(text)) return []
    seen.add(text)
    const shown = textOf(r[label] ?? null)
    const flag = r[selected]
    return [{ value: text, label: shown && shown !== text && table.columns[label]?.type === 'string' ? shown : undefined, chosen: flag === true || flag === 1 || undefined }]
  })
}
