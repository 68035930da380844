import { timespanOf } from '../logs/time'
import type { Fillings } from './fill'
import type { Dashboard, DashboardTile } from './model'

/** The timespan that a tile asks with; undefined leaves time to its query. */
export function timespanFor(t: Pick<DashboardTile, 'timespan'>, d: Pick<Dashboard, 'timespan'>, fillings: Fillings): string | undefined {
  if (t.timespan === undefined) return d.timespan
  if (t.timespan === '') return undefined
  const name = /^\{(\w+)\}$/.exec(t.timespan)?.[1]
  if (!name) return t.timespan
  const { time } = fillings.get(name) ?? {}
  return time ? timespanOf(time) : d.timespan
}
