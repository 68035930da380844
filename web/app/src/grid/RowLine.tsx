import { memo } from 'react'
import type { Column, Row } from '../api/query'
import type { Tone } from '../parts/tones'
import { count } from '../parts/numbers'
import { alignsRight, cellText } from './format'
import { rowHeight } from './layout'
import type { Line } from './model'
import type { Zone } from './zone'

const toneSigns: Record<Tone, { sign: string; name: string }> = { bad: { sign: '▲', name: 'failed or severe' }, warn: { sign: '◆', name: 'worth a look' } }

interface RowLineProps {
  line: Extract<Line, { kind: 'row' }>
  index: number
  row: Row
  columns: Column[]
  /** Indices of the shown columns, in order; those before pins stay at the left, then come those from first to last. */
  shown: number[]
  pins: number
  first: number
  last: number
  offsets: number[]
  zone: Zone
  /** The place of the active cell, or -1. */
  active: number
  /** The places of the cells that are chosen with others. */
  from: number
  to: number
  opened: boolean
  tone?: Tone
}

/** A row of the grid. What is done to it is heard by the grid. */
export const RowLine = memo(function RowLine(p: RowLineProps) {
  const cell = (at: number) => {
    const c = p.shown[at]
    const { type } = p.columns[c]
    const value = p.row[c]
    return (
      <div
        key={c} role="gridcell" id={at === p.active ? `cell-${p.index}-${at}` : undefined} aria-colindex={at + 1} aria-selected={at >= p.from && at <= p.to}
        className={'grid-cell ' + type + (alignsRight(type) ? ' right' : '') + (at === p.active ? ' active' : '') + (at >= p.from && at <= p.to ? ' chosen' : '')}
        style={{ left: p.offsets[at], width: p.offsets[at + 1] - p.offsets[at], paddingLeft: at === 0 ? 10 + p.line.depth * 16 : undefined }}
      >
        {at === 0 && <button type="button" tabIndex={-1} className="grid-open" aria-label="Details">›</button>}
        {at === 0 && p.tone && <span className="grid-tone" role="img" aria-label={toneSigns[p.tone].name} title={toneSigns[p.tone].name}>{toneSigns[p.tone].sign}</span>}
        {value === null ? null : clip(cellText(value, type, p.zone))}
      </div>
    )
  }
  const cells = []
  for (let at = p.first; at < p.last; at++) cells.push(cell(at))
  const pinned = []
  for (let at = 0; at < p.pins; at++) pinned.push(cell(at))
  return (
    <div
      role="row" aria-rowindex={p.index + 2} aria-selected={p.opened} className={'grid-row' + (p.index % 2 ? ' odd' : '') + (p.opened ? ' opened' : '') + (p.tone ? ' tone-' + p.tone : '')}
      style={{ transform: `translateY(${p.index * rowHeight}px)` }}
    >
      {p.pins > 0 && <div role="presentation" className="grid-pins" style={{ width: p.offsets[p.pins] }}>{pinned}</div>}
      {cells}
    </div>
  )
})

/** A cell shows one line; the browser need not lay out what nobody sees. */
function clip(text: string): string {
  const line = text.length > 300 ? text.slice(0, 300) + '…' : text
  return line.includes('\n') ? line.replace(/\s*\n\s*/g, ' ⏎ ') : line
}

interface GroupLineProps {
  line: Extract<Line, { kind: 'group' }>
  index: number
  name: string
  text: string
  active: boolean
}

export const GroupLine = memo(function GroupLine({ line, index, name, text, active }: GroupLineProps) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-expanded={line.open} aria-level={line.depth + 1} className="grid-row group" style={{ transform: `translateY(${index * rowHeight}px)` }}>
      <div role="gridcell" aria-colindex={1} id={active ? `cell-${index}-0` : undefined} className={'grid-group' + (active ? ' active' : '')} style={{ paddingLeft: 10 + line.depth * 16 }}>
        <span className="grid-twist" aria-hidden>{line.open ? '▾' : '▸'}</span>
        <span className="muted">{name}:</span> <strong>{text}</strong>
        <span className="grid-count">{count(line.count)}</span>
      </div>
    </div>
  )
})
