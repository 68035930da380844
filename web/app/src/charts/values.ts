/** What the numbers of an axis are: plain numbers, seconds of a timespan, or shares in percent. */
export type Measure = 'number' | 'span' | 'percent'

/** A value in full, as tooltips and readers have it. */
export function valueText(v: number | null | undefined, m: Measure): string {
  if (v === null || v === undefined) return '–'
  if (m === 'span') return spanText(v)
  const text = v !== 0 && Math.abs(v) < 0.001 ? v.toExponential(3) : v.toLocaleString('en-US', { maximumFractionDigits: Math.abs(v) < 1 ? 6 : 3 })
  return m === 'percent' ? `${v.toLocaleString('en-US', { maximumFractionDigits: 1 })} %` : text
}

/** Seconds as Kusto writes a timespan: 1.02:03:04.5. */
export function spanText(seconds: number): string {
  const pad = (n: number) => String(n).padStart(2, '0')
  // In units of 100 ns, as timespans are, so that no second shows as 59.99999.
  let ticks = Math.round(Math.abs(seconds) * 1e7)
  const part = (size: number) => {
    const n = Math.floor(ticks / size)
    ticks -= n * size
    return n
  }
  const d = part(864e9)
  const h = part(36e9)
  const min = part(6e8)
  const s = part(1e7)
  const rest = ticks > 0 ? '.' + String(ticks).padStart(7, '0').replace(/0+$/, '') : ''
  return `${seconds < 0 ? '-' : ''}${d > 0 ? d + '.' : ''}${pad(h)}:${pad(min)}:${pad(s)}${rest}`
}

const units: [number, string][] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's'], [1e-3, 'ms'], [1e-6, 'µs']]

/** A number beside an axis, short. */
export function tickText(v: number, m: Measure): string {
  if (m === 'span') {
    if (v === 0) return '0'
    const [size, unit] = units.find(([u]) => Math.abs(v) >= u) ?? units[units.length - 1]
    return `${Number((v / size).toPrecision(4))} ${unit}`
  }
  if (m === 'percent') return `${Number(v.toPrecision(4))} %`
  const size = Math.abs(v)
  if (size > 0 && size < 1e-4) return v.toExponential(0)
  return size < 1e4 ? Number(v.toPrecision(5)).toLocaleString('en-US', { maximumFractionDigits: 6 }) : large(v)
}

function large(v: number): string {
  const [size, unit] = ([[1e15, ''], [1e12, ' T'], [1e9, ' G'], [1e6, ' M'], [1e3, ' k']] as const).find(([s]) => Math.abs(v) >= s)!
  return unit === '' ? v.toExponential(1) : Number((v / size).toPrecision(4)) + unit
}

const spanSteps = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400]

/** A round distance for the ticks of an axis of seconds: 15 minutes, not 1000 s. */
export function spanStep(reach: number): number {
  const rough = reach / 5
  const step = spanSteps.find((s) => s >= rough)
  if (step !== undefined) return step
  const days = rough / 86400
  const ten = 10 ** Math.floor(Math.log10(days))
  return 86400 * ten * ([1, 2, 5].find((f) => f * ten >= days) ?? 10)
}

/** An instant in UTC, as long as it needs to be. */
export function timeText(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return '–'
  const t = new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
  return t.replace(/\.000$/, '').replace(/ 00:00:00$/, '')
}

/** Names from records stand in the markup of tooltips. */
export const escaped = (text: string) => text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!)

/** A long name, shortened in its middle: what tells names apart is at either end. */
export function shortened(v: string, most = 28): string {
  if (v.length <= most) return v
  const head = v.includes('/') ? Math.ceil(most * 0.2) : Math.ceil(most * 0.55)
  return v.slice(0, head) + '…' + v.slice(head + 1 - most)
}
