import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import type { EChartsCoreOption, EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

echarts.use([BarChart, LineChart, ScatterChart, AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent, CanvasRenderer])

// What few charts need comes when the first of them is drawn.
const parts = {
  pie: () => import('./engine-pie'),
  treemap: () => import('./engine-treemap'),
  custom: () => import('./engine-custom'),
  map: () => import('./engine-map'),
  svg: () => import('./engine-svg'),
}

export type Part = keyof typeof parts

const loading = new Map<Part, Promise<unknown>>()
const loaded = new Set<Part>()

function partsOf(option: EChartsCoreOption): Part[] {
  const series = (option.series ?? []) as { type: string }[]
  const found = new Set<Part>(series.flatMap((s) => (s.type in parts ? [s.type as Part] : [])))
  if (option.geo) found.add('map')
  return [...found]
}

/** Loads what an option needs to be drawn; undefined if it is all here. */
export function prepare(option: EChartsCoreOption, ...more: Part[]): Promise<unknown> | undefined {
  const missing = [...partsOf(option), ...more].filter((p) => !loaded.has(p))
  return missing.length === 0 ? undefined : Promise.all(missing.map(load))
}

function load(part: Part): Promise<unknown> {
  let coming = loading.get(part)
  if (!coming) {
    coming = parts[part]().then(() => loaded.add(part))
    // A part that a lost connection kept away is asked for again.
    coming.catch(() => loading.delete(part))
    loading.set(part, coming)
  }
  return coming
}

// A chart knows the parts that were here when it was made.
const known = new WeakMap<EChartsType, ReadonlySet<Part>>()

export function create(box: HTMLElement): EChartsType {
  const chart = echarts.init(box)
  known.set(chart, new Set(loaded))
  return chart
}

/** Whether a chart can draw an option; if not, another one that is made now can. */
export const canDraw = (chart: EChartsType, option: EChartsCoreOption) => partsOf(option).every((p) => known.get(chart)?.has(p))

export { echarts }
