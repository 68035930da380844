import { Button, Input, Popover, PopoverSurface, Select } from '@fluentui/react-components'
import { useState } from 'react'
import type { Column } from '../api/query'
import type { Filter } from './model'

const ways: { how: Filter['how']; label: string; sign: string }[] = [
  { how: 'contains', label: 'contains', sign: '∋' },
  { how: 'lacks', label: 'does not contain', sign: '∌' },
  { how: 'is', label: 'is', sign: '=' },
  { how: 'isnot', label: 'is not', sign: '≠' },
  { how: 'atleast', label: 'is at least', sign: '≥' },
  { how: 'atmost', label: 'is at most', sign: '≤' },
  { how: 'empty', label: 'is empty', sign: 'is empty' },
  { how: 'notempty', label: 'is not empty', sign: 'is not empty' },
]

export const describeFilter = (columns: Column[], f: Filter) =>
  `${columns[f.column].name} ${ways.find((w) => w.how === f.how)!.sign} ${f.how === 'empty' || f.how === 'notempty' ? '' : f.value}`

interface FilterFormProps {
  target: HTMLElement
  column: number
  name: string
  onDone: (f?: Filter) => void
}

export function FilterForm({ target, column, name, onDone }: FilterFormProps) {
  const [how, setHow] = useState<Filter['how']>('contains')
  const [value, setValue] = useState('')
  const bare = how === 'empty' || how === 'notempty'
  return (
    <Popover open trapFocus positioning={{ target, position: 'below', align: 'start' }} onOpenChange={(_e, d) => !d.open && onDone()}>
      <PopoverSurface aria-label={`Filter ${name}`}>
        <form className="filter-form" onSubmit={(e) => { e.preventDefault(); onDone({ column, how, value }) }}>
          <strong>{name}</strong>
          <Select aria-label="Comparison" value={how} onChange={(_e, d) => setHow(d.value as Filter['how'])}>
            {ways.map((w) => <option key={w.how} value={w.how}>{w.label}</option>)}
          </Select>
          {!bare && <Input aria-label="Value" autoFocus value={value} onChange={(_e, d) => setValue(d.value)} />}
          <Button type="submit" appearance="primary">Filter</Button>
        </form>
      </PopoverSurface>
    </Popover>
  )
}
