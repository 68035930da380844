import { useRef, type PointerEvent } from 'react'
import type { Column } from '../api/query'
import { alignsRight } from './format'
import type { Sort } from './model'

interface HeadCellProps {
  column: Column
  index: number
  left: number
  width: number
  sort?: Sort
  filtered: boolean
  onSort?: (add: boolean) => void
  onMenu?: (target: HTMLElement) => void
  onWidth: (width: number) => void
}

/** A column's head: sorts on a click, opens the column's menu, and its edge changes the width. */
export function HeadCell({ column, index, left, width, sort, filtered, onSort, onMenu, onWidth }: HeadCellProps) {
  const drag = useRef<{ x: number; width: number } | undefined>(undefined)
  const down = (e: PointerEvent) => {
    e.preventDefault()
    e.currentTarget.setPointerCapture(e.pointerId)
    drag.current = { x: e.clientX, width }
  }
  const pull = (e: PointerEvent) => {
    if (drag.current) onWidth(Math.max(48, drag.current.width + e.clientX - drag.current.x))
  }
  const order = sort ? (sort.descending ? 'descending' : 'ascending') : 'none'
  const title = `${column.name} (${column.type}${column.type === 'datetime' ? ', UTC' : ''})`
  return (
    <div role="columnheader" aria-colindex={index + 1} aria-sort={order} className={'grid-headcell' + (alignsRight(column.type) ? ' right' : '')} style={{ left, width }}>
      <button type="button" className="grid-sort" title={title} disabled={!onSort} onClick={(e) => onSort?.(e.shiftKey)} onContextMenu={(e) => { if (onMenu) { e.preventDefault(); onMenu(e.currentTarget) } }}>
        <span>{column.name}</span>
        {sort && <span aria-hidden>{sort.descending ? '↓' : '↑'}</span>}
        {filtered && <span className="grid-filtered" aria-label="filtered">▾</span>}
      </button>
      {onMenu && (
        <button type="button" className="grid-menu" aria-label={`Menu of column ${column.name}`} aria-haspopup="menu" onClick={(e) => onMenu(e.currentTarget)}>
          ⋮
        </button>
      )}
      <div className="grid-edge" aria-hidden onPointerDown={down} onPointerMove={pull} onPointerUp={() => (drag.current = undefined)} onPointerCancel={() => (drag.current = undefined)} />
    </div>
  )
}
