import { Button, Checkbox, Input, Popover, PopoverSurface, PopoverTrigger } from '@fluentui/react-components'
import { TableSettingsRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { Column } from '../api/query'

interface ColumnChooserProps {
  columns: Column[]
  hidden: ReadonlySet<number>
  /** The columns that say most, where the result has too many. */
  main?: number[]
  onChange: (hidden: Set<number>) => void
}

/** Chooses which columns are shown. */
export function ColumnChooser({ columns, hidden, main, onChange }: ColumnChooserProps) {
  const [wanted, setWanted] = useState('')
  const needle = wanted.toLowerCase()
  const allBut = (shown: number[]) => onChange(new Set(columns.map((_c, i) => i).filter((i) => !shown.includes(i))))
  const toggle = (i: number) => {
    const next = new Set(hidden)
    if (!next.delete(i)) next.add(i)
    if (next.size < columns.length) onChange(next)
  }
  return (
    <Popover positioning="below-end" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<TableSettingsRegular />}>Columns{hidden.size > 0 ? ` (${columns.length - hidden.size} of ${columns.length})` : ''}</Button>
      </PopoverTrigger>
      <PopoverSurface aria-label="Columns">
        <Input size="small" placeholder="Find a column" aria-label="Find a column" value={wanted} onChange={(_e, d) => setWanted(d.value)} />
        <div style={{ display: 'flex', gap: 4, margin: '4px 0' }}>
          <Button size="small" appearance="transparent" onClick={() => onChange(new Set())}>Show all</Button>
          {main && <Button size="small" appearance="transparent" onClick={() => allBut(main)}>The main ones</Button>}
          <Button size="small" appearance="transparent" onClick={() => allBut([main?.[0] ?? 0])}>Only the first</Button>
        </div>
        <div className="column-list">
          {columns.map((c, i) => (needle && !c.name.toLowerCase().includes(needle) ? null : <Checkbox key={i} label={c.name} checked={!hidden.has(i)} onChange={() => toggle(i)} />))}
        </div>
      </PopoverSurface>
    </Popover>
  )
}
