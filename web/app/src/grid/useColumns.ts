import { useCallback, useMemo, useState } from 'react'
import type { Column, Row } from '../api/query'
import { widthsOf } from './layout'

/** Which columns of a result are shown, in what order and how wide. */
export function useColumns(columns: Column[], rows: Row[], main: number[] | undefined, grouped: number[]) {
  const [order, setOrder] = useState(() => [...(main ?? []), ...columns.map((_c, i) => i).filter((i) => !main?.includes(i))])
  const [hidden, setHidden] = useState<ReadonlySet<number>>(() => new Set(main ? columns.map((_c, i) => i).filter((i) => !main.includes(i)) : []))
  const [pinned, setPinned] = useState<ReadonlySet<number>>(new Set())
  const [widths, setWidths] = useState(() => widthsOf(columns, rows))
  /** Somebody chose by hand what is shown. */
  const [chosen, setChosen] = useState(false)

  const shown = useMemo(() => {
    const list = order.filter((i) => !hidden.has(i) && !grouped.includes(i))
    return [...list.filter((i) => pinned.has(i)), ...list.filter((i) => !pinned.has(i))]
  }, [order, hidden, pinned, grouped])
  const hide = useCallback((next: ReadonlySet<number>) => {
    setHidden(next)
    setChosen(true)
  }, [])
  const pin = useCallback((column: number) => {
    setPinned((now) => {
      const next = new Set(now)
      if (!next.delete(column)) next.add(column)
      return next
    })
  }, [])
  /** Puts a column where another of the shown ones is; over a pinned one it is pinned too. */
  const move = useCallback((column: number, place: number) => {
    const other = shown[Math.max(0, Math.min(shown.length - 1, place))]
    if (other === undefined || other === column) return
    const before = shown.indexOf(other) < shown.indexOf(column)
    setPinned((now) => {
      if (now.has(column) === now.has(other)) return now
      const next = new Set(now)
      if (!next.delete(column)) next.add(column)
      return next
    })
    setOrder((now) => {
      const rest = now.filter((i) => i !== column)
      return rest.toSpliced(rest.indexOf(other) + (before ? 0 : 1), 0, column)
    })
  }, [shown])
  const setWidth = useCallback((column: number, width: number) => setWidths((w) => w.with(column, width)), [])
  return { shown, pins: shown.filter((i) => pinned.has(i)).length, pinned, hidden, hide, pin, move, widths, setWidth, chosen }
}
