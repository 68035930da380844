import type { EChartsCoreOption, EChartsType } from 'echarts/core'
import { useEffect, useRef, useState } from 'react'
import { canDraw, create, prepare } from './engine'
import { moveBy, showAll, showSight, sightOf, watchDrag, zoomBy, type Sight } from './gestures'

/** What can be done to a chart that stands in a panel. */
interface Interaction {
  /** Another name is another chart: what was in sight of the old one means nothing to it. */
  name: string
  /** The values of x one after the other, in words, and where they are. */
  at?: { count: number; text: (i: number) => string; tip: (i: number) => { seriesIndex: number; dataIndex: number } }
  /** A point was clicked, or chosen by Enter: its row, and where on the page. */
  onPick: (row: number, place: { x: number; y: number }) => void
  /** What is in sight changed; undefined is everything. */
  onSight: (s: { from: number; to: number } | undefined) => void
}

interface CanvasProps {
  option: EChartsCoreOption
  label: string
  /** Hands out the chart, for export and zoom. */
  onChart?: (chart: EChartsType | undefined) => void
  interaction?: Interaction
  /** What the chart shows, for tests: attributes beginning with data-. */
  facts?: Record<string, string | number>
}

/** An ECharts chart that fills its box and follows its size. */
export default function Canvas({ option, label, onChart, interaction, facts }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType | undefined>(undefined)
  const latest = useRef(interaction)
  latest.current = interaction
  const sight = useRef<{ name: string; at: Sight } | undefined>(undefined)
  const dragged = useRef(0)
  const cursor = useRef(-1)
  const [said, setSaid] = useState('')
  const [failed, setFailed] = useState(false)
  const [made, setMade] = useState(0)
  const live = interaction !== undefined
  useEffect(() => {
    const it = create(box.current!)
    chart.current = it
    onChart?.(it)
    const observer = new ResizeObserver(() => it.resize())
    observer.observe(box.current!)
    const noteSight = () => {
      const now = sightOf(it)
      sight.current = now && latest.current && { name: latest.current.name, at: { start: now.start, end: now.end } }
      latest.current?.onSight(now)
    }
    it.on('datazoom', noteSight)
    it.on('click', (e) => {
      // A drag ends in a click, which means nothing.
      if (performance.now() - dragged.current < 300) return
      const row = rowOf(e)
      const at = (e.event as unknown as { event?: MouseEvent } | undefined)?.event
      if (row >= 0 && at) latest.current?.onPick(row, { x: at.clientX, y: at.clientY })
    })
    const stop = live ? watchDrag(it, box.current!, () => (dragged.current = performance.now())) : undefined
    return () => {
      stop?.()
      observer.disconnect()
      onChart?.(undefined)
      it.dispose()
      chart.current = undefined
    }
  }, [onChart, live, made])
  useEffect(() => {
    let current = true
    const show = () => {
      const c = chart.current
      if (!current || !c) return
      if (!canDraw(c, option)) return setMade((n) => n + 1)
      c.setOption(option, { notMerge: true })
      cursor.current = -1
      const kept = sight.current
      if (kept && latest.current?.name === kept.name) showSight(c, kept.at)
      else if (kept) {
        sight.current = undefined
        latest.current?.onSight(undefined)
      }
      box.current?.setAttribute('data-drawn', '')
    }
    setFailed(false)
    const coming = prepare(option)
    if (coming) {
      box.current?.removeAttribute('data-drawn')
      coming.then(show, () => current && setFailed(true))
    } else show()
    return () => {
      current = false
    }
  }, [option, live, made])

  /** Moves the reader's mark along x. */
  const go = (to: number) => {
    const c = chart.current
    const at = interaction?.at
    if (!c || !at || at.count === 0) return
    cursor.current = Math.min(at.count - 1, Math.max(0, to))
    c.dispatchAction({ type: 'showTip', ...at.tip(cursor.current) })
    setSaid(at.text(cursor.current))
  }
  const onKeyDown = (e: React.KeyboardEvent) => {
    const c = chart.current
    if (!c || e.ctrlKey || e.metaKey || e.altKey) return
    const act: Record<string, () => void> = {
      '+': () => zoomBy(c, 0.5), '=': () => zoomBy(c, 0.5), '-': () => zoomBy(c, 2), '0': () => showAll(c),
      ArrowRight: () => (e.shiftKey ? moveBy(c, 0.25) : go(cursor.current + 1)), ArrowLeft: () => (e.shiftKey ? moveBy(c, -0.25) : go(cursor.current < 0 ? (interaction?.at?.count ?? 1) - 1 : cursor.current - 1)),
      Home: () => go(0), End: () => go((interaction?.at?.count ?? 1) - 1), PageDown: () => go(cursor.current + 10), PageUp: () => go(cursor.current - 10),
      Escape: () => {
        c.dispatchAction({ type: 'hideTip' })
        cursor.current = -1
      },
      Enter: () => {
        const at = cursor.current >= 0 ? interaction?.at?.tip(cursor.current) : undefined
        const series = at && (c.getOption().series as { data?: unknown[] }[])[at.seriesIndex]
        const row = at && series ? rowOf({ data: series.data?.[at.dataIndex] }) : -1
        const r = box.current!.getBoundingClientRect()
        if (row >= 0) interaction?.onPick(row, { x: r.left + r.width / 2, y: r.top + r.height / 3 })
      },
    }
    const chosen = act[e.key]
    if (!chosen || (e.key === 'Escape' && cursor.current < 0)) return
    e.preventDefault()
    e.stopPropagation()
    chosen()
  }
  const attributes = Object.fromEntries(Object.entries(facts ?? {}).map(([k, v]) => ['data-' + k, v]))
  if (!interaction) return <div ref={box} role="img" aria-label={label} className="chart-canvas" {...attributes} />
  return (
    <>
      <div
        ref={box} role="application" aria-roledescription="chart" aria-label={`${label} Arrow keys walk along it, plus and minus zoom, 0 shows all, Enter opens what can be done with a point.`} tabIndex={0} className="chart-canvas"
        onKeyDown={onKeyDown} {...attributes}
      />
      <div className="visually-hidden" aria-live="polite">{said}</div>
      {failed && <div className="chart-none muted" role="alert">A part of the chart did not load. Look at the connection, then choose the kind of chart again.</div>}
    </>
  )
}

/** The row of the result that a thing on the chart stands for, -1 for none. */
function rowOf(e: { data?: unknown }): number {
  const d = e.data as { row?: number; value?: unknown[] } | unknown[] | undefined
  if (!d || typeof d !== 'object') return -1
  const list = Array.isArray(d) ? d : Array.isArray(d.value) && d.row === undefined ? d.value : undefined
  const row = list ? list[list.length - 1] : (d as { row?: number }).row
  return typeof row === 'number' ? row : -1
}
