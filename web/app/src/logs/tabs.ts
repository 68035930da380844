import { createKeptStore } from '../parts/store'
import { defaultRange, type TimeRange } from './time'

/** A tab of the editor. */
export interface LogTab {
  id: string
  title: string
  text: string
  range: TimeRange
  /** The saved query it came from. */
  saved?: string
}

interface Tabs {
  list: LogTab[]
  current: string
  /** The number of the next new tab. */
  next: number
}

const newTabID = () => crypto.randomUUID().slice(0, 8)

const starter = `// Run with Shift+Enter. Blank lines separate queries; the one at the caret runs.
SigninLogs
| where ResultType != "0"
| summarize Failures = count() by bin(TimeGenerated, 1h), ResultDescription
| render timechart
`

const firstTab: LogTab = { id: newTabID(), title: 'Query 1', text: starter, range: defaultRange }

export const tabs = createKeptStore<Tabs>('lazuli.tabs', { list: [firstTab], current: firstTab.id, next: 2 })

export function currentTab(t: Tabs): LogTab {
  return t.list.find((x) => x.id === t.current) ?? t.list[0]
}

export function openTab(part: Partial<Omit<LogTab, 'id'>>): string {
  const id = newTabID()
  tabs.set((t) => ({
    list: [...t.list, { id, title: part.title ?? `Query ${t.next}`, text: part.text ?? '', range: part.range ?? defaultRange, saved: part.saved }],
    current: id,
    next: part.title ? t.next : t.next + 1,
  }))
  return id
}

export function changeTab(id: string, part: Partial<LogTab>) {
  tabs.set((t) => ({ ...t, list: t.list.map((x) => (x.id === id ? { ...x, ...part } : x)) }))
}

/** Closes a tab; the last one leaves an empty one. */
export function closeTab(id: string) {
  tabs.set((t) => {
    const at = t.list.findIndex((x) => x.id === id)
    const list = t.list.filter((x) => x.id !== id)
    if (list.length === 0) {
      const fresh: LogTab = { id: newTabID(), title: `Query ${t.next}`, text: '', range: defaultRange }
      return { list: [fresh], current: fresh.id, next: t.next + 1 }
    }
    return { ...t, list, current: t.current === id ? list[Math.min(at, list.length - 1)].id : t.current }
  })
}

export function selectTab(id: string) {
  tabs.set((t) => ({ ...t, current: id }))
}
