import { Input } from '@fluentui/react-components'
import { useState } from 'react'
import { count } from '../parts/numbers'
import type { Entry } from './frame'

interface LegendProps {
  entries: Entry[]
  hidden: ReadonlySet<string>
  onHidden: (hidden: ReadonlySet<string>) => void
  onHover: (name: string | undefined) => void
}

const manyEntries = 12

/** The names of a chart's series: a click switches one off and on, a double click (or Ctrl and a click, or the key o) leaves it alone. */
export function Legend({ entries, hidden, onHidden, onHover }: LegendProps) {
  const [find, setFind] = useState('')
  const toggle = (name: string) => {
    const next = new Set(hidden)
    if (!next.delete(name)) next.add(name)
    onHidden(next)
  }
  const only = (name: string) => {
    const alone = entries.every((e) => (e.name === name) !== hidden.has(e.name))
    onHidden(new Set(alone ? [] : entries.filter((e) => e.name !== name).map((e) => e.name)))
  }
  const words = find.trim().toLowerCase()
  const shown = words ? entries.filter((e) => e.name.toLowerCase().includes(words)) : entries
  const onKeyDown = (e: React.KeyboardEvent, name: string) => {
    if (e.key === 'o' && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault()
      only(name)
    } else if (e.key === 'ArrowDown' || e.key === 'ArrowRight' || e.key === 'ArrowUp' || e.key === 'ArrowLeft') {
      const list = [...(e.currentTarget.closest('ul')?.querySelectorAll('button') ?? [])]
      const at = list.indexOf(e.currentTarget as HTMLButtonElement)
      e.preventDefault()
      list[(at + (/Down|Right/.test(e.key) ? 1 : list.length - 1)) % list.length]?.focus()
    }
  }
  return (
    <div className={'chart-legend' + (entries.length > manyEntries ? ' many' : '')} role="group" aria-label="Legend">
      {(entries.length > manyEntries || hidden.size > 0) && (
        <div className="chart-legend-head">
          {entries.length > manyEntries && <Input size="small" type="search" placeholder={`Find in ${count(entries.length)}`} aria-label="Find a series" value={find} onChange={(_e, d) => setFind(d.value)} />}
          {hidden.size > 0 && <button className="chart-link" onClick={() => onHidden(new Set())}>Show all</button>}
          {words && shown.length > 0 && shown.length < entries.length && <button className="chart-link" onClick={() => onHidden(new Set(entries.filter((e) => !shown.includes(e)).map((e) => e.name)))}>Only these</button>}
        </div>
      )}
      <ul>
        {shown.map((e) => (
          <li key={e.name}>
            <button
              aria-pressed={!hidden.has(e.name)} title={e.text ? `${e.name}: ${e.text}` : e.name} onClick={(c) => (c.ctrlKey || c.metaKey || c.altKey ? only(e.name) : toggle(e.name))} onDoubleClick={() => only(e.name)}
              onKeyDown={(k) => onKeyDown(k, e.name)} onMouseEnter={() => onHover(e.name)} onMouseLeave={() => onHover(undefined)} onFocus={() => onHover(e.name)} onBlur={() => onHover(undefined)}
            >
              <Swatch entry={e} />
              <span className="chart-legend-name">{e.name}</span>
              {e.text && <span className="chart-legend-text">{e.text}</span>}
            </button>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <span className="muted chart-legend-none">No series has such a name.</span>}
    </div>
  )
}

function Swatch({ entry: { color, dash, mark } }: { entry: Entry }) {
  return (
    <svg width="16" height="10" aria-hidden="true">
      {mark === 'line' && <line x1="0" y1="5" x2="16" y2="5" stroke={color} strokeWidth="3" strokeDasharray={dash === 'dashed' ? '5 3' : dash === 'dotted' ? '2 2' : undefined} />}
      {mark === 'box' && <rect x="3" width="10" height="10" rx="2" fill={color} />}
      {mark === 'dot' && <circle cx="8" cy="5" r="4.5" fill={color} />}
    </svg>
  )
}
