import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react'
import type { Column, Row } from '../api/query'
import { useStore } from '../parts/store'
import type { Tone } from '../parts/tones'
import { cellText, nothing } from './format'
import { HeadCell } from './HeadCell'
import { columnAt, headHeight, offsetsOf, rowHeight, sameWindow, windowOf, type Window } from './layout'
import type { Line, View } from './model'
import { GroupLine, RowLine } from './RowLine'
import { areaOf, copyCells, copyRows, stepOf, type Cell } from './selection'
import { zone } from './zone'
import './grid.css'

export type { Cell } from './selection'

interface GridProps {
  columns: Column[]
  rows: Row[]
  lines: Line[]
  /** Indices of the shown columns, in order. */
  shown: number[]
  /** How many of them stay in sight at the left. */
  pins?: number
  widths: number[]
  view: View
  label: string
  active: Cell
  /** Where choosing several cells began; they reach to the active one. */
  anchor?: Cell
  onActive: (c: Cell, extend?: boolean) => void
  onOpen: (line: Line) => void
  onWidth: (column: number, width: number) => void
  /** Without these, heads do not sort or move and have no menu. */
  onSort?: (column: number, add: boolean) => void
  onMenu?: (column: number, target: HTMLElement) => void
  /** A column was drawn to another's place among the shown ones. */
  onMove?: (column: number, place: number) => void
  onCellMenu?: (c: Cell, at: { x: number; y: number }) => void
  /** The row whose details are open. */
  opened?: number
  /** How a row stands out: as failed, or as worth a look. */
  tone?: (row: Row) => Tone | undefined
}

const nowhere: Window = { firstRow: 0, lastRow: 0, firstColumn: 0, lastColumn: 0, pins: 0 }

/** A grid that has elements only for what is in sight: 100,000 rows cost as much as forty. */
export function Grid(p: GridProps) {
  const { columns, rows, lines, shown, widths, active, pins = 0 } = p
  const box = useRef<HTMLDivElement>(null)
  const z = useStore(zone)
  const offsets = useMemo(() => offsetsOf(shown.map((c) => widths[c])), [shown, widths])
  const [measured, setSeen] = useState(nowhere)
  // Columns can go before what is in sight is measured again.
  const seen = { ...measured, lastColumn: Math.min(measured.lastColumn, shown.length), pins: Math.min(measured.pins, shown.length) }
  const [drop, setDrop] = useState<number | undefined>(undefined)
  const update = useCallback(() => {
    const el = box.current
    const next = el ? windowOf(el.scrollTop, el.scrollLeft, el.clientHeight, el.clientWidth, lines.length, offsets, pins) : nowhere
    setSeen((now) => (sameWindow(now, next) ? now : next))
  }, [lines.length, offsets, pins])
  useLayoutEffect(update, [update])
  useEffect(() => {
    const observer = new ResizeObserver(update)
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [update])

  const reveal = (c: Cell) => {
    const el = box.current!
    const top = c.line * rowHeight
    if (top < el.scrollTop) el.scrollTop = top
    else if (top + rowHeight > el.scrollTop + el.clientHeight - headHeight) el.scrollTop = top + rowHeight - el.clientHeight + headHeight
    const left = offsets[c.column] ?? 0
    const right = offsets[c.column + 1] ?? left
    if (c.column >= seen.pins) {
      if (left - offsets[seen.pins] < el.scrollLeft) el.scrollLeft = left - offsets[seen.pins]
      else if (right > el.scrollLeft + el.clientWidth) el.scrollLeft = Math.min(left - offsets[seen.pins], right - el.clientWidth)
    }
    // The scroll event comes a frame later; until then the active cell would have no element that readers can be told of.
    update()
  }
  const area = areaOf({ anchor: p.anchor ?? active, active })
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== box.current) return
    const page = Math.max(1, Math.floor((box.current.clientHeight - headHeight) / rowHeight) - 1)
    const next = stepOf(e, active, page, lines.length, shown.length)
    const line = lines[active.line]
    const control = e.ctrlKey || e.metaKey
    if (next) {
      p.onActive(next, e.shiftKey)
      reveal(next)
    } else if (e.key === 'Enter' && line) p.onOpen(line)
    else if (control && e.key.toLowerCase() === 'a') {
      p.onActive({ line: 0, column: 0 })
      p.onActive({ line: lines.length - 1, column: shown.length - 1 }, true)
    } else if (control && e.key.toLowerCase() === 'c' && line) {
      void navigator.clipboard?.writeText(e.shiftKey ? copyRows(columns, rows, lines, area) : copyCells(columns, rows, lines, shown, area, false))
    } else if (p.onCellMenu && line?.kind === 'row' && (e.key === 'ContextMenu' || (e.shiftKey && e.key === 'F10'))) {
      const cell = document.getElementById(`cell-${active.line}-${active.column}`)?.getBoundingClientRect()
      p.onCellMenu(active, { x: cell?.left ?? 0, y: cell?.bottom ?? 0 })
    } else return
    e.preventDefault()
  }
  const cellOf = (e: MouseEvent): Cell | undefined => {
    const cell = (e.target as HTMLElement).closest('[role=gridcell]')
    const row = cell?.closest('[role=row]')
    return cell && row ? { line: Number(row.getAttribute('aria-rowindex')) - 2, column: Number(cell.getAttribute('aria-colindex')) - 1 } : undefined
  }
  const lineOf = (e: MouseEvent): Line | undefined => lines[Number((e.target as HTMLElement).closest('[role=row]')?.getAttribute('aria-rowindex') ?? 1) - 2]
  const onMouseDown = (e: MouseEvent) => {
    const cell = e.button === 0 ? cellOf(e) : undefined
    if (cell) p.onActive(cell, e.shiftKey)
  }
  const onMouseOver = (e: MouseEvent) => {
    const cell = e.buttons === 1 && p.anchor ? cellOf(e) : undefined
    if (cell && (cell.line !== active.line || cell.column !== active.column)) p.onActive(cell, true)
  }
  const onClick = (e: MouseEvent) => {
    const line = lineOf(e)
    if (line && (line.kind === 'group' || (e.target as HTMLElement).closest('.grid-open'))) p.onOpen(line)
  }
  const onDoubleClick = (e: MouseEvent) => {
    const line = lineOf(e)
    if (line?.kind === 'row') p.onOpen(line)
  }
  const onContextMenu = (e: MouseEvent) => {
    const cell = cellOf(e)
    if (!cell || !p.onCellMenu || lines[cell.line]?.kind !== 'row') return
    e.preventDefault()
    const inside = cell.line >= area.top && cell.line <= area.bottom && cell.column >= area.left && cell.column <= area.right
    if (!inside) p.onActive(cell)
    p.onCellMenu(cell, { x: e.clientX, y: e.clientY })
  }
  /** The place over which a head is drawn: pinned columns do not scroll. */
  const placeAt = (clientX: number) => {
    const el = box.current!
    const x = clientX - el.getBoundingClientRect().left
    return columnAt(x < offsets[seen.pins] ? x : x + el.scrollLeft, offsets)
  }

  // Elements are used again for the rows that come into sight: changing a text is cheaper than making a row.
  const slots = Math.max(1, seen.lastRow - seen.firstRow)
  const body: ReactNode[] = []
  for (let i = seen.firstRow; i < Math.min(seen.lastRow, lines.length); i++) {
    const line = lines[i]
    const chosen = p.anchor !== undefined && i >= area.top && i <= area.bottom && (area.top < area.bottom || area.left < area.right)
    body.push(
      line.kind === 'group' ? (
        <GroupLine key={i % slots} line={line} index={i} name={columns[line.column].name} text={cellText(line.value, columns[line.column].type, z) || nothing(columns[line.column].type)} active={active.line === i} />
      ) : (
        <RowLine
          key={i % slots} line={line} index={i} row={rows[line.row]} columns={columns} shown={shown} pins={seen.pins} first={seen.firstColumn} last={seen.lastColumn} offsets={offsets} zone={z}
          active={active.line === i ? active.column : -1} from={chosen ? area.left : -1} to={chosen ? area.right : -2} opened={p.opened === line.row} tone={p.tone?.(rows[line.row])}
        />
      ),
    )
  }
  const head = (place: number) => {
    const c = shown[place]
    return (
      <HeadCell
        key={c} column={columns[c]} index={place} left={offsets[place]} width={widths[c]} sorts={p.view.sorts} number={c} filtered={p.view.filters.some((f) => f.column === c)} zone={z}
        onSort={p.onSort && ((add) => p.onSort!(c, add))} onMenu={p.onMenu && ((target) => p.onMenu!(c, target))} onWidth={(w) => p.onWidth(c, w)}
        onDraw={p.onMove && ((x) => setDrop(x === undefined ? undefined : placeAt(x)))} onDrop={p.onMove && ((x) => p.onMove!(c, placeAt(x)))}
      />
    )
  }
  const width = offsets[offsets.length - 1]
  const inSight = lines.length > 0 && active.line >= seen.firstRow && active.line < seen.lastRow
  return (
    <div
      ref={box} className="grid" role="grid" aria-label={p.label} aria-multiselectable={p.anchor !== undefined} aria-rowcount={lines.length + 1} aria-colcount={shown.length} tabIndex={0}
      aria-activedescendant={inSight ? `cell-${active.line}-${active.column}` : undefined} onKeyDown={onKeyDown} onScroll={update}
    >
      <div className="grid-head" role="row" aria-rowindex={1} style={{ width }}>
        {seen.pins > 0 && <div role="presentation" className="grid-pins" style={{ width: offsets[seen.pins] }}>{Array.from({ length: seen.pins }, (_x, i) => head(i))}</div>}
        {Array.from({ length: Math.max(0, seen.lastColumn - seen.firstColumn) }, (_x, i) => head(seen.firstColumn + i))}
        {drop !== undefined && <div className="grid-drop" style={{ left: offsets[drop] }} />}
      </div>
      <div
        className="grid-body" role="rowgroup" style={{ width, height: lines.length * rowHeight }} onMouseDown={onMouseDown} onMouseOver={onMouseOver} onClick={onClick} onDoubleClick={onDoubleClick}
        onContextMenu={onContextMenu}
      >
        {body}
      </div>
    </div>
  )
}
