import { createKeptStore, createStore } from '../parts/store'
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
  /** Closed ones that can be opened again, the latest first. */
  closed: LogTab[]
  /** The number of the next new tab. */
  next: number
}

const mostClosed = 20
const key = 'lazuli.tabs'
const shownKey = 'lazuli.tab'
const newTabID = () => crypto.randomUUID().slice(0, 8)

const starter = `// Run with Shift+Enter. Blank lines separate queries; the one at the caret runs.
SigninLogs
| where ResultType != "0"
| summarize Failures = count() by bin(TimeGenerated, 1h), ResultDescription
| render timechart
`

/** The open queries, which all windows of the browser share. */
export const tabs = createKeptStore<Tabs>(key, { list: [{ id: newTabID(), title: 'Query 1', text: starter, range: defaultRange }], closed: [], next: 2 })

// Without this the window that writes last would take away what another has opened.
globalThis.addEventListener?.('storage', (e) => {
  if (e.key === key && e.newValue) tabs.set(JSON.parse(e.newValue) as Tabs)
})

/** The tab that this window shows. */
export const shownTab = createStore(readShown())

function readShown(): string {
  try {
    return sessionStorage.getItem(shownKey) ?? localStorage.getItem(shownKey) ?? ''
  } catch {
    return ''
  }
}

export function selectTab(id: string) {
  shownTab.set(id)
  try {
    sessionStorage.setItem(shownKey, id)
    localStorage.setItem(shownKey, id)
  } catch {
    // The browser's store is closed: the next page shows the first tab.
  }
}

export function currentTab(t = tabs.get(), shown = shownTab.get()): LogTab {
  return t.list.find((x) => x.id === shown) ?? t.list[0]
}

export function openTab(part: Partial<Omit<LogTab, 'id'>>): string {
  const id = newTabID()
  tabs.set((t) => ({
    ...t,
    list: [...t.list, { id, title: part.title ?? `Query ${t.next}`, text: part.text ?? '', range: part.range ?? defaultRange, saved: part.saved }],
    next: part.title ? t.next : t.next + 1,
  }))
  selectTab(id)
  return id
}

export function changeTab(id: string, part: Partial<LogTab>) {
  tabs.set((t) => ({ ...t, list: t.list.map((x) => (x.id === id ? { ...x, ...part } : x)) }))
}

/** Closes tabs; when none is left there is an empty one. */
export function closeTabs(ids: string[]) {
  const { list } = tabs.get()
  const current = currentTab()
  const at = list.indexOf(current)
  const gone = list.filter((x) => ids.includes(x.id))
  const left = list.filter((x) => !ids.includes(x.id))
  tabs.set((t) => ({ ...t, list: left, closed: [...gone.filter((x) => x.text.trim() !== '').reverse(), ...(t.closed ?? [])].slice(0, mostClosed) }))
  if (left.length === 0) openTab({})
  else if (!left.includes(current)) selectTab((list.slice(at).find((x) => left.includes(x)) ?? left[left.length - 1]).id)
}

/** Opens the tab again that was closed last. */
export function reopenTab() {
  const last = tabs.get().closed?.[0]
  if (!last) return
  tabs.set((t) => ({ ...t, list: [...t.list, last], closed: t.closed.slice(1) }))
  selectTab(last.id)
}

/** Moves a tab to another's place. */
export function moveTab(id: string, place: number) {
  tabs.set((t) => {
    const tab = t.list.find((x) => x.id === id)
    if (!tab || place < 0 || place >= t.list.length) return t
    return { ...t, list: t.list.filter((x) => x !== tab).toSpliced(place, 0, tab) }
  })
}
