import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { Column, Row } from '../api/query'
import { alignsRight, cellText, recordOf, textOf } from './format'
import { HeadCell } from './HeadCell'
import { headHeight, offsetsOf, rowHeight, sameWindow, windowOf, type Window } from './layout'
import type { Line, View } from './model'
import type { Tone } from '../parts/tones'
import './grid.css'

/** A cell by its line and its place among the shown columns. */
export interface Cell {
  line: number
  column: number
}

interface GridProps {
  columns: Column[]
  rows: Row[]
  lines: Line[]
  /** Indices of the shown columns, in order. */
  shown: number[]
  widths: number[]
  view: View
  label: string
  active: Cell
  onActive: (c: Cell) => void
  onOpen: (line: Line) => void
  onWidth: (column: number, width: number) => void
  /** Without these, heads do not sort and have no menu. */
  onSort?: (column: number, add: boolean) => void
  onMenu?: (column: number, target: HTMLElement) => void
  /** The row whose details are open. */
  opened?: number
  /** How a row stands out: as failed, or as worth a look. */
  tone?: (row: Row) => Tone | undefined
}

/** A grid that has elements only for what is in sight: 100,000 rows cost as much as forty. */
export function Grid(p: GridProps) {
  const { columns, lines, shown, widths, active } = p
  const box = useRef<HTMLDivElement>(null)
  const offsets = useMemo(() => offsetsOf(shown.map((c) => widths[c])), [shown, widths])
  const measure = useCallback((): Window => {
    const el = box.current
    if (!el) return { firstRow: 0, lastRow: 0, firstColumn: 0, lastColumn: 0 }
    return windowOf(el.scrollTop, el.scrollLeft, el.clientHeight, el.clientWidth, lines.length, offsets)
  }, [lines.length, offsets])
  const [seen, setSeen] = useState<Window>({ firstRow: 0, lastRow: 0, firstColumn: 0, lastColumn: 0 })
  const update = useCallback(() => {
    const next = measure()
    setSeen((now) => (sameWindow(now, next) ? now : next))
  }, [measure])
  useLayoutEffect(update, [update])
  useEffect(() => {
    const observer = new ResizeObserver(update)
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [update])

  const reveal = useCallback(
    (c: Cell) => {
      const el = box.current
      if (!el) return
      const top = c.line * rowHeight
      if (top < el.scrollTop) el.scrollTop = top
      else if (top + rowHeight > el.scrollTop + el.clientHeight - headHeight) el.scrollTop = top + rowHeight - el.clientHeight + headHeight
      const left = offsets[c.column] ?? 0
      const right = offsets[c.column + 1] ?? left
      if (left < el.scrollLeft) el.scrollLeft = left
      else if (right > el.scrollLeft + el.clientWidth) el.scrollLeft = Math.min(left, right - el.clientWidth)
      // The scroll event comes a frame later; until then the active cell would have no element that readers can be told of.
      update()
    },
    [offsets, update],
  )
  const move = (c: Cell) => {
    const cell = { line: Math.max(0, Math.min(lines.length - 1, c.line)), column: Math.max(0, Math.min(shown.length - 1, c.column)) }
    p.onActive(cell)
    reveal(cell)
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== box.current) return
    const next = stepOf(e, active, Math.max(1, Math.floor((box.current.clientHeight - headHeight) / rowHeight) - 1), lines.length, shown.length)
    const line = lines[active.line]
    if (next) move(next)
    else if (e.key === 'Enter' && line) p.onOpen(line)
    else if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'c' && line?.kind === 'row' && !window.getSelection()?.toString()) {
      const row = p.rows[line.row]
      void navigator.clipboard?.writeText(e.shiftKey ? JSON.stringify(recordOf(columns, row), null, 2) : textOf(row[shown[active.column]]))
    } else return
    e.preventDefault()
  }

  const visible = shown.slice(seen.firstColumn, seen.lastColumn)
  // Elements are used again for the rows that come into sight: changing a text is cheaper than making a row.
  const slots = Math.max(1, seen.lastRow - seen.firstRow)
  const body: ReactNode[] = []
  for (let i = seen.firstRow; i < Math.min(seen.lastRow, lines.length); i++) {
    const line = lines[i]
    body.push(
      line.kind === 'group' ? (
        <GroupLine key={i % slots} line={line} index={i} name={columns[line.column].name} active={active.line === i} onOpen={p.onOpen} onActive={p.onActive} />
      ) : (
        <RowLine
          key={i % slots} line={line} index={i} row={p.rows[line.row]} columns={columns} visible={visible} first={seen.firstColumn}
          offsets={offsets} active={active.line === i ? active.column : -1} opened={p.opened === line.row} tone={p.tone?.(p.rows[line.row])} onOpen={p.onOpen} onActive={p.onActive}
        />
      ),
    )
  }
  const width = offsets[offsets.length - 1]
  return (
    <div
      ref={box} className="grid" role="grid" aria-label={p.label} aria-rowcount={lines.length + 1} aria-colcount={shown.length} tabIndex={0}
      aria-activedescendant={lines.length > 0 && active.line >= seen.firstRow && active.line < seen.lastRow ? `cell-${active.line}-${active.column}` : undefined}
      onKeyDown={onKeyDown} onScroll={update}
    >
      <div className="grid-head" role="row" aria-rowindex={1} style={{ width }}>
        {visible.map((c, i) => (
          <HeadCell
            key={c} column={columns[c]} index={seen.firstColumn + i} left={offsets[seen.firstColumn + i]} width={widths[c]}
            sort={p.view.sorts.find((s) => s.column === c)} filtered={p.view.filters.some((f) => f.column === c)}
            onSort={p.onSort && ((add) => p.onSort!(c, add))} onMenu={p.onMenu && ((target) => p.onMenu!(c, target))} onWidth={(w) => p.onWidth(c, w)}
          />
        ))}
      </div>
      <div className="grid-body" role="rowgroup" style={{ width, height: lines.length * rowHeight }}>
        {body}
      </div>
    </div>
  )
}

/** The cell that a key leads to, if it leads to one. */
function stepOf(e: KeyboardEvent, at: Cell, page: number, lines: number, columns: number): Cell | undefined {
  const far = e.ctrlKey || e.metaKey
  switch (e.key) {
    case 'ArrowDown':
      return { ...at, line: at.line + 1 }
    case 'ArrowUp':
      return { ...at, line: at.line - 1 }
    case 'ArrowRight':
      return { ...at, column: at.column + 1 }
    case 'ArrowLeft':
      return { ...at, column: at.column - 1 }
    case 'PageDown':
      return { ...at, line: at.line + page }
    case 'PageUp':
      return { ...at, line: at.line - page }
    case 'Home':
      return far ? { line: 0, column: 0 } : { ...at, column: 0 }
    case 'End':
      return far ? { line: lines - 1, column: columns - 1 } : { ...at, column: columns - 1 }
  }
  return undefined
}

interface RowLineProps {
  line: Extract<Line, { kind: 'row' }>
  index: number
  row: Row
  columns: Column[]
  visible: number[]
  first: number
  offsets: number[]
  active: number
  opened: boolean
  tone?: Tone
  onOpen: (line: Line) => void
  onActive: (c: Cell) => void
}

const toneSigns: Record<Tone, { sign: string; name: string }> = { bad: { sign: '▲', name: 'failed or severe' }, warn: { sign: '◆', name: 'worth a look' } }

const RowLine = memo(function RowLine(p: RowLineProps) {
  return (
    <div
      role="row" aria-rowindex={p.index + 2} aria-selected={p.opened} className={'grid-row' + (p.index % 2 ? ' odd' : '') + (p.opened ? ' opened' : '') + (p.tone ? ' tone-' + p.tone : '')}
      style={{ transform: `translateY(${p.index * rowHeight}px)` }} onDoubleClick={() => p.onOpen(p.line)}
    >
      {p.visible.map((c, i) => {
        const at = p.first + i
        const { type } = p.columns[c]
        return (
          <div
            key={c} role="gridcell" id={at === p.active ? `cell-${p.index}-${at}` : undefined} aria-colindex={at + 1} onClick={() => p.onActive({ line: p.index, column: at })}
            className={'grid-cell ' + type + (alignsRight(type) ? ' right' : '') + (at === p.active ? ' active' : '')}
            style={{ left: p.offsets[at], width: p.offsets[at + 1] - p.offsets[at], paddingLeft: at === 0 ? 10 + p.line.depth * 16 : undefined }}
          >
            {at === 0 && (
              <button type="button" tabIndex={-1} className="grid-open" aria-label="Details" onClick={() => p.onOpen(p.line)}>
                ›
              </button>
            )}
            {at === 0 && p.tone && <span className="grid-tone" role="img" aria-label={toneSigns[p.tone].name} title={toneSigns[p.tone].name}>{toneSigns[p.tone].sign}</span>}
            {clip(cellText(p.row[c], type))}
          </div>
        )
      })}
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
  active: boolean
  onOpen: (line: Line) => void
  onActive: (c: Cell) => void
}

const GroupLine = memo(function GroupLine({ line, index, name, active, onOpen, onActive }: GroupLineProps) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-expanded={line.open} aria-level={line.depth + 1} className="grid-row group" style={{ transform: `translateY(${index * rowHeight}px)` }}>
      <div
        role="gridcell" id={active ? `cell-${index}-0` : undefined} className={'grid-group' + (active ? ' active' : '')} style={{ paddingLeft: 10 + line.depth * 16 }}
        onClick={() => { onActive({ line: index, column: 0 }); onOpen(line) }}
      >
        <span className="grid-twist" aria-hidden>{line.open ? '▾' : '▸'}</span>
        <span className="muted">{name}:</span> <strong>{line.value === '' ? '(empty)' : line.value}</strong>
        <span className="grid-count">{line.count.toLocaleString('en-US')}</span>
      </div>
    </div>
  )
})
