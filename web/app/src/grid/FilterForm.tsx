import { Button, Input, Popover, PopoverSurface, Select } from '@fluentui/react-components'
import { useState } from 'react'
import type { Column } from '../api/query'
import { count } from '../parts/numbers'
import { alignsRight, cellText, nothing } from './format'
import type { Filter } from './model'

const ways: { how: Filter['how']; label: string; sign: string }[] = [
  { how: 'oneof', label: 'is one of', sign: '∈' },
  { how: 'contains', label: 'contains', sign: '∋' },
  { how: 'lacks', label: 'does not contain', sign: '∌' },
  { how: 'is', label: 'is', sign: '=' },
  { how: 'isnot', label: 'is not', sign: '≠' },
  { how: 'atleast', label: 'is at least', sign: '≥' },
  { how: 'atmost', label: 'is at most', sign: '≤' },
  { how: 'empty', label: 'is empty or null', sign: 'is empty' },
  { how: 'notempty', label: 'is not empty or null', sign: 'is not empty' },
]

/** The ways that make sense for a type, the likeliest first. */
function waysFor(type: Column['type']) {
  const ordered = type === 'datetime' || alignsRight(type)
  if (type === 'bool') return ways.filter((w) => ['oneof', 'empty', 'notempty'].includes(w.how))
  return ways.filter((w) => (ordered ? w.how !== 'contains' && w.how !== 'lacks' : w.how !== 'atleast' && w.how !== 'atmost'))
}

export function describeFilter(columns: Column[], f: Filter): string {
  const { name, type } = columns[f.column]
  const sign = ways.find((w) => w.how === f.how)!.sign
  if (f.how === 'empty' || f.how === 'notempty') return `${name} ${sign}`
  if (f.how !== 'oneof') return `${name} ${sign} ${f.value}`
  const values = (f.values ?? []).map((v) => v || nothing(type))
  return values.length === 1 ? `${name} = ${values[0]}` : `${name} ∈ ${values.slice(0, 3).join(', ')}${values.length > 3 ? ` and ${values.length - 3} more` : ''}`
}

interface FilterFormProps {
  target: HTMLElement
  number: number
  column: Column
  /** The values that the column has, with how many rows have them, the most frequent first. */
  values: { text: string; count: number }[]
  /** What is chosen now. */
  current?: Filter
  onDone: (f?: Filter) => void
}

/** Values beyond these are found by writing a part of them. */
const mostListed = 200
/** A column with more values than this is rather searched than picked from. */
const mostPicked = 500

export function FilterForm({ target, number, column, values, current, onDone }: FilterFormProps) {
  const possible = waysFor(column.type)
  const [how, setHow] = useState<Filter['how']>(current?.how ?? (values.length <= mostPicked ? 'oneof' : possible.find((w) => w.how !== 'oneof')!.how))
  const [value, setValue] = useState(current?.value ?? '')
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set(current?.values))
  const bare = how === 'empty' || how === 'notempty'
  const needle = value.toLowerCase()
  const found = how === 'oneof' ? values.filter((v) => v.text.toLowerCase().includes(needle)) : []
  const toggle = (text: string) => {
    const next = new Set(picked)
    if (!next.delete(text)) next.add(text)
    setPicked(next)
  }
  const submit = () => onDone(how === 'oneof' ? { column: number, how, value: '', values: picked.size > 0 ? [...picked] : found.map((v) => v.text) } : { column: number, how, value })
  return (
    <Popover open trapFocus positioning={{ target, position: 'below', align: 'start' }} onOpenChange={(_e, d) => !d.open && onDone()}>
      <PopoverSurface aria-label={`Filter ${column.name}`}>
        <form className="filter-form" onSubmit={(e) => { e.preventDefault(); submit() }}>
          <strong>{column.name}</strong>
          <Select aria-label="Comparison" value={how} onChange={(_e, d) => setHow(d.value as Filter['how'])}>
            {possible.map((w) => <option key={w.how} value={w.how}>{w.label}</option>)}
          </Select>
          {!bare && <Input aria-label="Value" autoFocus placeholder={how === 'oneof' ? `Find among ${count(values.length)} values` : undefined} value={value} onChange={(_e, d) => setValue(d.value)} />}
          {how === 'oneof' && (
            <div className="value-list" role="group" aria-label="Values">
              {found.slice(0, mostListed).map((v) => (
                <label key={v.text}>
                  <input type="checkbox" checked={picked.has(v.text)} onChange={() => toggle(v.text)} />
                  <span className={v.text ? '' : 'muted'}>{v.text ? cellText(v.text, column.type) : nothing(column.type)}</span>
                  <span className="muted">{count(v.count)}</span>
                </label>
              ))}
              {found.length > mostListed && <span className="muted side-note">{count(found.length - mostListed)} more; write a part of the value.</span>}
            </div>
          )}
          <Button type="submit" appearance="primary">Filter</Button>
        </form>
      </PopoverSurface>
    </Popover>
  )
}
