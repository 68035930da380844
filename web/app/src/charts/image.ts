import type { EChartsCoreOption, EChartsType } from 'echarts/core'
import { echarts, prepare } from './engine'
import { showSight, sightOf } from './gestures'

/** A picture of a chart as it stands, with its legend, on paper of that colour. */
export async function imageOf(option: EChartsCoreOption, like: EChartsType, paper: string, format: 'png' | 'svg'): Promise<Blob> {
  await prepare(option, ...(format === 'svg' ? (['svg'] as const) : []))
  const box = document.createElement('div')
  const size = { width: Math.max(480, like.getWidth()), height: Math.max(320, like.getHeight() + 30) }
  const chart = echarts.init(box, null, { renderer: format === 'svg' ? 'svg' : 'canvas', devicePixelRatio: 2, ...size })
  try {
    chart.setOption({ ...option, backgroundColor: paper })
    const sight = sightOf(like)
    if (sight) showSight(chart, sight)
    const geo = (like.getOption()?.geo as { zoom?: number; center?: unknown }[] | undefined)?.[0]
    if (geo) chart.setOption({ geo: { zoom: geo.zoom, center: geo.center } })
    if (format === 'svg') return new Blob([chart.renderToSVGString()], { type: 'image/svg+xml' })
    const url = chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: paper })
    const data = Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (c) => c.charCodeAt(0))
    return new Blob([data], { type: 'image/png' })
  } finally {
    chart.dispose()
  }
}
