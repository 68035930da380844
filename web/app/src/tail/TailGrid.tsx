import { useLayoutEffect, useMemo, useRef, useState, type UIEvent } from 'react'
import { Details } from '../grid/Details'
import { Grid, type Cell } from '../grid/Grid'
import { widthsOf } from '../grid/layout'
import { emptyView, type Line } from '../grid/model'
import { toneOf } from '../parts/tones'
import type { TailRows } from './follow'

/** The rows of a tail, the newest at the bottom; scrolling up stops following. */
export function TailGrid({ rows: tail, shown, label, follow, onFollow }: { rows: TailRows; shown: number[]; label: string; follow: boolean; onFollow: (f: boolean) => void }) {
  const { columns, rows } = tail
  const box = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<Cell>({ line: 0, column: 0 })
  const [opened, setOpened] = useState<number | undefined>(undefined)
  const [changed, setChanged] = useState<Record<number, number>>({})
  const sample = rows.length > 0
  const base = useMemo(() => widthsOf(columns, rows), [columns.length, sample])
  const widths = useMemo(() => base.map((w, i) => changed[i] ?? w), [base, changed])
  const lines = useMemo<Line[]>(() => rows.map((_r, row) => ({ kind: 'row', row, depth: 0 })), [rows])
  const tone = useMemo(() => toneOf(columns), [columns])
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
        columns={columns} rows={rows} lines={lines} shown={shown} widths={widths} view={emptyView} label={label} active={active} opened={number} tone={tone} onActive={setActive}
        onOpen={(l) => l.kind === 'row' && setOpened(l.row + tail.dropped)} onWidth={(c, w) => setChanged((x) => ({ ...x, [c]: w }))}
      />
      {row && <Details columns={columns} row={row} number={opened!} seq={tail.seqs[number]} onClose={() => setOpened(undefined)} onStep={(by) => rows[number + by] && setOpened(opened! + by)} />}
    </div>
  )
}
