import type { EChartsType } from 'echarts/core'

/** What is in sight of the x axis, in percent of it. */
export interface Sight {
  start: number
  end: number
}

const whole: Sight = { start: 0, end: 100 }

interface Zoom {
  id: string
  type: string
  start: number
  end: number
  startValue: number
  endValue: number
  xAxisIndex?: number[] | number
  yAxisIndex?: number[] | number
}

const zoomsOf = (chart: EChartsType) => (chart.getOption()?.dataZoom ?? []) as Zoom[]
const zoomOf = (chart: EChartsType, id: string) => zoomsOf(chart).find((z) => z.id === id)
const geoOf = (chart: EChartsType) => (chart.getOption()?.geo as { zoom?: number; center?: number[] | null }[] | undefined)?.[0]

/** What is in sight, undefined when it is everything. */
export function sightOf(chart: EChartsType): (Sight & { from: number; to: number }) | undefined {
  const z = zoomOf(chart, 'along')
  if (!z || (z.start < 0.001 && z.end > 99.999)) return undefined
  return { start: z.start, end: z.end, from: z.startValue, to: z.endValue }
}

export function showSight(chart: EChartsType, s: Sight) {
  if (zoomOf(chart, 'along')) chart.dispatchAction({ type: 'dataZoom', dataZoomId: 'along', start: s.start, end: s.end })
}

/** Shows more or less: a factor below 1 comes nearer, around the middle. */
export function zoomBy(chart: EChartsType, factor: number) {
  const geo = geoOf(chart)
  if (geo) {
    const box = chart.getDom()
    chart.dispatchAction({ type: 'geoRoam', componentType: 'geo', zoom: 1 / factor, originX: box.clientWidth / 2, originY: box.clientHeight / 2 })
    return
  }
  for (const id of ['along', 'up']) {
    const z = zoomOf(chart, id)
    if (!z) continue
    const middle = (z.start + z.end) / 2
    const half = Math.min(50, Math.max(0.005, ((z.end - z.start) * factor) / 2))
    const start = Math.min(100 - 2 * half, Math.max(0, middle - half))
    chart.dispatchAction({ type: 'dataZoom', dataZoomId: id, start, end: start + 2 * half })
  }
}

/** Moves what is in sight by a part of it. */
export function moveBy(chart: EChartsType, part: number) {
  const geo = geoOf(chart)
  if (geo) {
    chart.dispatchAction({ type: 'geoRoam', componentType: 'geo', dx: -part * chart.getDom().clientWidth, dy: 0 })
    return
  }
  const z = zoomOf(chart, 'along')
  if (!z) return
  const size = z.end - z.start
  const start = Math.min(100 - size, Math.max(0, z.start + part * size))
  showSight(chart, { start, end: start + size })
}

export function showAll(chart: EChartsType) {
  if (geoOf(chart)) chart.setOption({ geo: { zoom: 1, center: null } })
  for (const z of zoomsOf(chart)) if (z.type === 'inside') chart.dispatchAction({ type: 'dataZoom', dataZoomId: z.id, ...whole })
}

/** Lets a drag across the chart choose what to see, and the wheel with Ctrl come nearer on a map. Returns how to stop. */
export function watchDrag(chart: EChartsType, box: HTMLElement, onDragged: () => void): () => void {
  let from: { x: number; y: number; grid: number } | undefined
  let band: HTMLElement | undefined
  const place = (e: PointerEvent | WheelEvent) => {
    const r = box.getBoundingClientRect()
    return { x: e.clientX - r.left, y: e.clientY - r.top }
  }
  const gridAt = (x: number, y: number) => {
    const grids = (chart.getOption()?.grid ?? []) as unknown[]
    return grids.findIndex((_g, i) => chart.containPixel({ gridIndex: i }, [x, y]))
  }
  const along = () => zoomOf(chart, 'along')
  const upright = (z: Zoom) => z.yAxisIndex !== undefined && (!Array.isArray(z.yAxisIndex) || z.yAxisIndex.length > 0)
  const down = (e: PointerEvent) => {
    if (e.button !== 0 || e.pointerType === 'touch' || !along()) return
    const { x, y } = place(e)
    const grid = gridAt(x, y)
    if (grid >= 0) from = { x, y, grid }
  }
  const move = (e: PointerEvent) => {
    const z = from && along()
    if (!from || !z) return
    const { x, y } = place(e)
    const both = zoomOf(chart, 'up') !== undefined
    const distance = upright(z) ? Math.abs(y - from.y) : Math.abs(x - from.x)
    if (!band) {
      if (distance < 8) return
      band = document.createElement('div')
      band.className = 'chart-band'
      box.append(band)
      box.setPointerCapture(e.pointerId)
      chart.dispatchAction({ type: 'hideTip' })
    }
    const wide = !upright(z)
    band.style.left = wide ? `${Math.min(x, from.x)}px` : '0'
    band.style.width = wide ? `${Math.abs(x - from.x)}px` : '100%'
    band.style.top = wide && !both ? '0' : `${Math.min(y, from.y)}px`
    band.style.height = wide && !both ? '100%' : `${Math.abs(y - from.y)}px`
  }
  const up = (e: PointerEvent) => {
    const start = from
    from = undefined
    if (!band || !start) return
    band.remove()
    band = undefined
    onDragged()
    const z = along()
    if (!z || e.type === 'pointercancel') return
    const end = place(e)
    const choose = (id: string, axis: 'x' | 'y') => {
      const finder = { [axis + 'AxisIndex']: start.grid }
      const [a, b] = [start[axis], end[axis]].map((p) => Number(chart.convertFromPixel(finder, p))).sort((p, q) => p - q)
      if (Number.isFinite(a) && Number.isFinite(b) && a < b) chart.dispatchAction({ type: 'dataZoom', dataZoomId: id, startValue: a, endValue: b })
    }
    choose('along', upright(z) ? 'y' : 'x')
    if (zoomOf(chart, 'up') && Math.abs(end.y - start.y) > 8) choose('up', 'y')
  }
  const wheel = (e: WheelEvent) => {
    if (!e.ctrlKey || !geoOf(chart)) return
    e.preventDefault()
    const { x, y } = place(e)
    chart.dispatchAction({ type: 'geoRoam', componentType: 'geo', zoom: e.deltaY < 0 ? 1.25 : 0.8, originX: x, originY: y })
  }
  const cancelByKey = (e: KeyboardEvent) => {
    if (e.key !== 'Escape' || !band) return
    band.remove()
    band = undefined
    from = undefined
    e.stopPropagation()
  }
  box.addEventListener('pointerdown', down)
  box.addEventListener('pointermove', move)
  box.addEventListener('pointerup', up)
  box.addEventListener('pointercancel', up)
  box.addEventListener('wheel', wheel, { passive: false })
  window.addEventListener('keydown', cancelByKey, true)
  return () => {
    box.removeEventListener('pointerdown', down)
    box.removeEventListener('pointermove', move)
    box.removeEventListener('pointerup', up)
    box.removeEventListener('pointercancel', up)
    box.removeEventListener('wheel', wheel)
    window.removeEventListener('keydown', cancelByKey, true)
  }
}
