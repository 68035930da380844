import type { TimeRange } from '../logs/time'

/** Hours that a range covers, at least one. */
export function hoursOf(r: TimeRange, now = Date.now()): number {
  if (r.kind === 'between') return Math.max(1, Math.ceil((Date.parse(r.to) - Date.parse(r.from)) / 3600e3))
  return Math.max(1, Math.ceil((now - startOf(r, now)) / 3600e3))
}

/** When a range begins, in milliseconds since 1970. */
export function startOf(r: TimeRange, now = Date.now()): number {
  if (r.kind === 'between') return Date.parse(r.from)
  const m = r.kind === 'last' ? /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(r.duration) : null
  return now - (m ? Number(m[1] ?? 0) * 86400e3 + Number(m[2] ?? 0) * 3600e3 + Number(m[3] ?? 0) * 60e3 : 86400e3)
}

/** The beginning of a range in KQL: relative where the range is, so that the query stays right tomorrow. */
export function startExpression(r: TimeRange): string {
  if (r.kind === 'between') return `datetime(${r.from})`
  const minutes = Math.round(-startOf(r, 0) / 60e3)
  return minutes % 1440 === 0 ? `ago(${minutes / 1440}d)` : minutes % 60 === 0 ? `ago(${minutes / 60}h)` : `ago(${minutes}m)`
}

/** A condition in KQL that holds in the range. */
export const within = (column: string, r: TimeRange) => (r.kind === 'between' ? `${column} between (datetime(${r.from}) .. datetime(${r.to}))` : `${column} > ${startExpression(r)}`)
