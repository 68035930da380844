import { createKeptStore } from '../parts/store'

/** A query that was run, in this browser. */
export interface Past {
  query: string
  timespan?: string
  at: string
  /** What became of it. */
  outcome: string
  /** Why it failed. */
  error?: string
  pinned?: boolean
  seconds: number
}

const most = 200

export const history = createKeptStore<Past[]>('lazuli.history', [])

/** Puts a run at the head of the history; the same query appears once. What is pinned is not pushed out. */
export function remember(p: Past) {
  history.set((list) => {
    const same = list.find((x) => x.query === p.query)
    const rest = list.filter((x) => x !== same)
    const unpinned = rest.filter((x) => !x.pinned).slice(0, most - 1)
    return [same?.pinned ? { ...p, pinned: true } : p, ...rest.filter((x) => x.pinned || unpinned.includes(x))]
  })
}

export function pin(p: Past) {
  history.set((list) => list.map((x) => (x.query === p.query ? { ...x, pinned: !x.pinned } : x)))
}

export const clearHistory = () => history.set((list) => list.filter((x) => x.pinned))
