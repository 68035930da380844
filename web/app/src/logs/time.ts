import { stripText } from './blocks'

/** What part of time a query looks at. */
export type TimeRange = { kind: 'last'; duration: string } | { kind: 'between'; from: string; to: string } | { kind: 'query' }

export const ranges: { duration: string; label: string }[] = [
  { duration: 'PT15M', label: 'Last 15 minutes' },
  { duration: 'PT1H', label: 'Last hour' },
  { duration: 'PT4H', label: 'Last 4 hours' },
  { duration: 'PT12H', label: 'Last 12 hours' },
  { duration: 'P1D', label: 'Last 24 hours' },
  { duration: 'P2D', label: 'Last 48 hours' },
  { duration: 'P7D', label: 'Last 7 days' },
  { duration: 'P30D', label: 'Last 30 days' },
  { duration: 'P90D', label: 'Last 90 days' },
]

export const defaultRange: TimeRange = { kind: 'last', duration: 'P1D' }

/** The timespan of the API; undefined leaves time to the query. */
export function timespanOf(r: TimeRange): string | undefined {
  switch (r.kind) {
    case 'last':
      return r.duration
    case 'between':
      return `${r.from}/${r.to}`
    case 'query':
      return undefined
  }
}

/** The range that a timespan means, as links have it. */
export function rangeOf(timespan: string | null | undefined): TimeRange {
  if (!timespan) return { kind: 'query' }
  const [from, to] = timespan.split('/')
  if (to !== undefined && !Number.isNaN(Date.parse(from)) && !Number.isNaN(Date.parse(to))) return { kind: 'between', from, to }
  return /^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/.test(timespan) ? { kind: 'last', duration: timespan } : defaultRange
}

const stamp = (iso: string) => iso.slice(0, 16).replace('T', ' ')

export function describeRange(r: TimeRange): string {
  switch (r.kind) {
    case 'last':
      return ranges.find((x) => x.duration === r.duration)?.label ?? r.duration
    case 'between':
      return `${stamp(r.from)} – ${stamp(r.to)} UTC`
    case 'query':
      return 'Set in query'
  }
}

const filters = /\bTimeGenerated\b\s*(?:[<>]=?|==|!?between\b|from\b)|(?:[<>]=?|==)\s*TimeGenerated\b/

/**
 * Whether a query chooses its time itself. As in Log Analytics it then decides alone: a range beside it would cut
 * off what the query asks for.
 */
export const choosesTime = (query: string) => filters.test(stripText(query))

/** The part of time that a query is run with. */
export const effectiveRange = (query: string, range: TimeRange): TimeRange => (choosesTime(query) ? { kind: 'query' } : range)
