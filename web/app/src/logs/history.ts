import { createKeptStore } from '../parts/store'

/** A query that was run, in this browser. */
export interface Past {
  query: string
  timespan?: string
  at: string
  /** What became of it. */
  outcome: string
  seconds: number
}

const most = 200

export const history = createKeptStore<Past[]>('lazuli.history', [])

/** Puts a run at the head of the history; the same query appears once. */
export function remember(p: Past) {
  history.set((list) => [p, ...list.filter((x) => x.query !== p.query)].slice(0, most))
}
