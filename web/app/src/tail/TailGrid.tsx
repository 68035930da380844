import { useLayoutEffect, useMemo, useRef, useState, type UIEvent } from 'react'
import { Details } from '../grid/Details'
import { Grid, type Cell } from '../grid/Grid'
import { widthsOf } from '../grid/layout'
import { emptyView, type Line } from '../grid/model'
import { textOf } from '../grid/format'
import type { TailRows } from './follow'

/** Columns that are the same in every row, or nearly, stand at the end. */
const dull = ['TenantId', 'SourceSystem', 'Type', '_ResourceId', '_BilledSize', '_IsBillable']
const place = (name: string) => (name === 'TimeGenerated' ? -1 : dull.includes(name) ? 1 : 0)

/** The rows of a tail, the newest at the bottom; scrolling up stops following. */
export function TailGrid({ rows: tail, label, follow, onFollow }: { rows: TailRows; label: string; follow: boolean; onFollow: (f: boolean) => void }) {
  const { columns, rows } = tail
  const box = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<Cell>({ line: 0, column: 0 })
  const [opened, setOpened] = useState<number | undefined>(undefined)
  const [changed, setChanged] = useState<Record<number, number>>({})
  const sample = rows.length > 0
  const base = useMemo(() => widthsOf(columns, rows), [columns.length, sample])
  const widths = useMemo(() => base.map((w, i) => changed[i] ?? w), [base, changed])
  const lines = useMemo<Line[]>(() => rows.map((_r, row) => ({ kind: 'row', row, depth: 0 })), [rows])
  // Columns that no row fills only push the others out of sight.
  const shown = useMemo(() => {
    const filled = columns.map((_c, i) => i).filter((i) => rows.slice(-200).some((r) => textOf(r[i] ?? null) !== ''))
    const list = filled.length > 0 ? filled : columns.map((_c, i) => i)
    return list.sort((a, b) => place(columns[a].name) - place(columns[b].name))
  }, [columns, rows])
  useLayoutEffect(() => {
    const grid = box.current?.querySelector('.grid')
    if (follow && grid) grid.scrollTop = grid.scrollHeight
  }, [rows, follow])
  const onScroll = (e: UIEvent) => {
    const grid = e.target as HTMLElement
    if (!grid.classList.contains('grid')) return
    const atEnd = grid.scrollHeight - grid.scrollTop - grid.clientHeight < 40
    if (!atEnd && follow && grid.matches(':hover')) onFollow(false)
  }
  const number = opened === undefined ? -1 : opened - tail.dropped
  const row = rows[number]
  return (
    <div className="result-main" ref={box} onScrollCapture={onScroll}>
      <Grid
        columns={columns} rows={rows} lines={lines} shown={shown} widths={widths} view={emptyView} label={label} active={active} opened={number} onActive={setActive}
        onOpen={(l) => l.kind === 'row' && setOpened(l.row + tail.dropped)} onWidth={(c, w) => setChanged((x) => ({ ...x, [c]: w }))}
      />
      {row && <Details columns={columns} row={row} number={opened!} onClose={() => setOpened(undefined)} onStep={(by) => rows[number + by] && setOpened(opened! + by)} />}
    </div>
  )
}
