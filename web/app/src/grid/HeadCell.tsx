import { useRef, type PointerEvent } from 'react'
import type { Column } from '../api/query'
import { alignsRight } from './format'
import type { Sort } from './model'
import { zoneName, type Zone } from './zone'

interface HeadCellProps {
  column: Column
  /** The column's number, and its place among the shown ones. */
  number: number
  index: number
  left: number
  width: number
  sorts: Sort[]
  filtered: boolean
  zone: Zone
  onSort?: (add: boolean) => void
  onMenu?: (target: HTMLElement) => void
  onWidth: (width: number) => void
  /** The head is drawn over the page, here; undefined when it is let go. */
  onDraw?: (x: number | undefined) => void
  onDrop?: (x: number) => void
}

/** How far a head must be drawn before it moves: less is a click by an unsteady hand. */
const drawnAfter = 6

/** A column's head: sorts on a click, moves when drawn, opens the column's menu, and its edge changes the width. */
export function HeadCell({ column, number, index, left, width, sorts, filtered, zone, onSort, onMenu, onWidth, onDraw, onDrop }: HeadCellProps) {
  const edge = useRef<{ x: number; width: number } | undefined>(undefined)
  const drawn = useRef<{ x: number; moved: boolean } | undefined>(undefined)
  const grasp = (e: PointerEvent) => {
    e.preventDefault()
    e.currentTarget.setPointerCapture(e.pointerId)
    edge.current = { x: e.clientX, width }
  }
  const pull = (e: PointerEvent) => {
    if (edge.current) onWidth(Math.max(48, edge.current.width + e.clientX - edge.current.x))
  }
  const take = (e: PointerEvent) => {
    e.currentTarget.setPointerCapture(e.pointerId) // a fast hand is over another head by the first move
    drawn.current = { x: e.clientX, moved: false }
  }
  const draw = (e: PointerEvent) => {
    const d = drawn.current
    if (!d || !onDraw || (!d.moved && Math.abs(e.clientX - d.x) < drawnAfter)) return
    d.moved = true
    onDraw(e.clientX)
  }
  const letGo = (e: PointerEvent) => {
    if (drawn.current?.moved) onDrop?.(e.clientX)
    onDraw?.(undefined)
  }
  const click = (add: boolean) => {
    const moved = drawn.current?.moved
    drawn.current = undefined
    if (!moved) onSort?.(add)
  }
  const at = sorts.findIndex((s) => s.column === number)
  const sort = sorts[at]
  const order = sort ? (sort.descending ? 'descending' : 'ascending') : 'none'
  const title = `${column.name} (${column.type}${column.type === 'datetime' ? `, ${zoneName(zone)}` : ''})`
  return (
    <div role="columnheader" aria-colindex={index + 1} aria-sort={order} className={'grid-headcell' + (alignsRight(column.type) ? ' right' : '')} style={{ left, width }}>
      <button
        type="button" className="grid-sort" title={title} disabled={!onSort} onClick={(e) => click(e.shiftKey)} onContextMenu={(e) => { if (onMenu) { e.preventDefault(); onMenu(e.currentTarget) } }}
        onPointerDown={take} onPointerMove={draw} onPointerUp={letGo} onPointerCancel={() => { drawn.current = undefined; onDraw?.(undefined) }}
      >
        <span>{column.name}</span>
        {sort && <span aria-hidden>{sort.descending ? '↓' : '↑'}{sorts.length > 1 ? at + 1 : ''}</span>}
        {filtered && <span className="grid-filtered" aria-label="filtered">▾</span>}
      </button>
      {onMenu && (
        <button type="button" className="grid-menu" aria-label={`Menu of column ${column.name}`} aria-haspopup="menu" onClick={(e) => onMenu(e.currentTarget)}>
          ⋮
        </button>
      )}
      <div className="grid-edge" aria-hidden onPointerDown={grasp} onPointerMove={pull} onPointerUp={() => (edge.current = undefined)} onPointerCancel={() => (edge.current = undefined)} />
    </div>
  )
}
