import { Spinner } from '@fluentui/react-components'
import type { EChartsType } from 'echarts/core'
import { Suspense, lazy, useMemo } from 'react'
import type { Render, Table } from '../api/query'
import { useDark } from '../app/theme'
import { draw, summaryOf } from './option'
import { darkPalette, lightPalette } from './palette'
import './charts.css'

const Canvas = lazy(() => import('./Canvas'))

export interface ChartProps {
  table: Table
  render: Render
  compact?: boolean
  legend?: boolean
  onChart?: (chart: EChartsType | undefined) => void
}

/** A result drawn as its render says. */
export function Chart({ table, render, compact, legend, onChart }: ChartProps) {
  const dark = useDark()
  const drawing = useMemo(() => draw(table, render, { palette: dark ? darkPalette : lightPalette, compact, legend }), [table, render, dark, compact, legend])
  if (drawing.kind === 'none') return <div className="chart-none muted">{drawing.why}</div>
  if (drawing.kind === 'card') {
    return (
      <div className="chart-cards">
        {drawing.values.map((v) => (
          <div key={v.name}>
            <strong>{v.value}</strong>
            <span>{v.name}</span>
          </div>
        ))}
      </div>
    )
  }
  return (
    <Suspense fallback={<Spinner size="small" className="waiting" />}>
      <Canvas option={drawing.option} label={summaryOf(table, render)} onChart={onChart} />
    </Suspense>
  )
}
