import { Spinner } from '@fluentui/react-components'
import { Suspense, lazy, useMemo } from 'react'
import type { Render, Table } from '../api/query'
import { useDark } from '../app/theme'
import type { Drawing } from './frame'
import { useStill } from './media'
import { draw, summaryOf } from './option'
import { darkPalette, lightPalette } from './palette'
import './charts.css'

const Canvas = lazy(() => import('./Canvas'))

interface ChartProps {
  table: Table
  render: Render
  /** False where a legend stands beside it. */
  legend?: boolean
  most?: number
}

/** A result drawn as its render says, for a board. */
export function Chart({ table, render, legend = true, most }: ChartProps) {
  const dark = useDark()
  const still = useStill()
  const drawing = useMemo(() => draw(table, render, { palette: dark ? darkPalette : lightPalette, compact: true, legend: legend && render.legend !== 'hidden', still, most }), [table, render, dark, still, legend, most])
  if (drawing.kind === 'none') return <div className="chart-none muted">{drawing.why}</div>
  if (drawing.kind === 'card') return <Cards drawing={drawing} />
  return (
    <Suspense fallback={<Spinner size="small" className="waiting" />}>
      <Canvas option={drawing.option} label={`${summaryOf(table, render, drawing.facts)} ${drawing.notes.join(' ')}`} />
    </Suspense>
  )
}

/** Values that stand for themselves. */
export function Cards({ drawing }: { drawing: Extract<Drawing, { kind: 'card' }> }) {
  return (
    <div className="chart-cards">
      {drawing.title && <h3>{drawing.title}</h3>}
      {drawing.values.map((v, i) => (
        <div key={i} className={v.long ? 'long' : undefined}>
          <strong>{v.value}</strong>
          <span>{v.name}</span>
        </div>
      ))}
    </div>
  )
}
