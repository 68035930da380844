import { useRef, type KeyboardEvent, type PointerEvent } from 'react'

/** A bar between two parts of the page that moves by mouse and by arrow keys. */
export function Splitter({ value, least, most, onChange }: { value: number; least: number; most: number; onChange: (v: number) => void }) {
  const drag = useRef<{ y: number; value: number } | undefined>(undefined)
  const put = (v: number) => onChange(Math.round(Math.max(least, Math.min(most, v))))
  const move = (e: PointerEvent) => {
    if (drag.current) put(drag.current.value + e.clientY - drag.current.y)
  }
  const key = (e: KeyboardEvent) => {
    if (e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return
    e.preventDefault()
    put(value + (e.key === 'ArrowUp' ? -20 : 20))
  }
  const down = (e: PointerEvent) => {
    e.currentTarget.setPointerCapture(e.pointerId)
    drag.current = { y: e.clientY, value }
  }
  return (
    <div
      className="splitter" role="separator" aria-orientation="horizontal" aria-label="Height of the editor" aria-valuenow={value} aria-valuemin={least} aria-valuemax={most} tabIndex={0}
      onPointerDown={down} onPointerMove={move} onPointerUp={() => (drag.current = undefined)} onPointerCancel={() => (drag.current = undefined)} onKeyDown={key}
    />
  )
}
