import type { EChartsCoreOption, EChartsType } from 'echarts/core'
import { useEffect, useRef } from 'react'
import { echarts } from './engine'

interface CanvasProps {
  option: EChartsCoreOption
  label: string
  /** Hands out the chart, for export and zoom. */
  onChart?: (chart: EChartsType | undefined) => void
}

/** An ECharts chart that fills its box and follows its size. */
export default function Canvas({ option, label, onChart }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType | undefined>(undefined)
  useEffect(() => {
    const made = echarts.init(box.current!)
    chart.current = made
    onChart?.(made)
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(box.current!)
    return () => {
      observer.disconnect()
      onChart?.(undefined)
      made.dispose()
      chart.current = undefined
    }
  }, [onChart])
  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true })
  }, [option])
  return <div ref={box} role="img" aria-label={label} className="chart-canvas" />
}
