import { Button, Tooltip } from '@fluentui/react-components'
import { DeleteRegular, EditRegular, ReOrderDotsVerticalRegular } from '@fluentui/react-icons'
import { useRef, type KeyboardEvent, type PointerEvent } from 'react'
import { heights, nearest, stepped, widths, type DashboardTile, type Height, type Width } from './model'

interface TileToolsProps {
  tile: DashboardTile
  name: string
  /** Moves by so many places in the order. */
  onMove: (by: number) => void
  /** Moves to the place of another tile. */
  onMoveTo: (id: string) => void
  onEdit: () => void
  onRemove: () => void
}

const tileAt = (x: number, y: number) => document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-tile]')?.dataset.tile

/** While a pointer is down: where it goes, until it is up. The listeners are the window's: a tile that moves loses its pointer. */
function follow(onPull: (e: globalThis.PointerEvent) => void) {
  const end = () => {
    window.removeEventListener('pointermove', onPull)
    window.removeEventListener('pointerup', end)
    window.removeEventListener('pointercancel', end)
  }
  window.addEventListener('pointermove', onPull)
  window.addEventListener('pointerup', end)
  window.addEventListener('pointercancel', end)
}

const edge = 48

/** Moves, changes and removes a tile, by mouse, finger or keyboard. */
export function TileTools({ tile, name, onMove, onMoveTo, onEdit, onRemove }: TileToolsProps) {
  const latest = useRef(onMoveTo)
  latest.current = onMoveTo
  const drag = (e: PointerEvent<HTMLButtonElement>) => {
    e.preventDefault()
    e.currentTarget.focus()
    const page = e.currentTarget.closest('.page')
    // Tiles differ in size: after a move another may lie under the pointer. Only one that the pointer comes to anew is meant.
    let over: string | undefined = tile.id
    follow((m) => {
      const box = page?.getBoundingClientRect()
      if (page && box) page.scrollTop += m.clientY < box.top + edge ? -12 : m.clientY > box.bottom - edge ? 12 : 0
      const now = tileAt(m.clientX, m.clientY)
      if (now === over) return
      over = now
      if (now && now !== tile.id) latest.current(now)
    })
  }
  const onKey = (e: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[e.key]
    if (!by) return
    e.preventDefault()
    onMove(by)
    refocus(tile.id, '.tile-grip')
  }
  return (
    <span className="tile-tools">
      <Tooltip content="Drag, or move with the arrow keys" relationship="description">
        <button type="button" className="tile-grip" aria-label={`Move ${name}`} onPointerDown={drag} onKeyDown={onKey}><ReOrderDotsVerticalRegular /></button>
      </Tooltip>
      <Tooltip content="Change" relationship="description"><Button size="small" appearance="subtle" icon={<EditRegular />} aria-label={`Change ${name}`} onClick={onEdit} /></Tooltip>
      <Tooltip content="Remove" relationship="description"><Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove ${name}`} onClick={onRemove} /></Tooltip>
    </span>
  )
}

/** A moved element loses the focus; it gets it back when it stands where it belongs. */
function refocus(id: string, part: string) {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-tile="${id}"] ${part}`)?.focus())
}

/** The corner by which a tile is made larger and smaller. */
export function TileCorner({ tile, name, onSize }: { tile: DashboardTile; name: string; onSize: (width: Width, height: Height) => void }) {
  const latest = useRef(onSize)
  latest.current = onSize
  const drag = (e: PointerEvent<HTMLButtonElement>) => {
    e.preventDefault()
    e.currentTarget.focus()
    const box = e.currentTarget.closest<HTMLElement>('[data-tile]')!.getBoundingClientRect()
    const column = (e.currentTarget.closest<HTMLElement>('.board')!.clientWidth + 12) / 12
    const { clientX, clientY } = e
    follow((m) => {
      const high = (box.height + m.clientY - clientY + 12) / 144
      latest.current(nearest(widths, (box.width + m.clientX - clientX + 12) / column), high < 0.75 ? 0 : nearest(heights.filter((h) => h > 0), high))
    })
  }
  const onKey = (e: KeyboardEvent) => {
    const across = { ArrowLeft: -1, ArrowRight: 1 }[e.key] ?? 0
    const down = { ArrowUp: -1, ArrowDown: 1 }[e.key] ?? 0
    if (!across && !down) return
    e.preventDefault()
    onSize(stepped(widths, tile.width, across), stepped(heights, tile.height, down))
  }
  return <button type="button" className="tile-corner" aria-label={`Size of ${name}: ${tile.width} of 12 wide, ${tile.height || 'half a row'} high`} title="Drag, or change the size with the arrow keys" onPointerDown={drag} onKeyDown={onKey} />
}
