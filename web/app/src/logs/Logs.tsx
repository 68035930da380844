import { useCallback, useEffect, useRef, useState } from 'react'
import type { Render } from '../api/query'
import { workspace } from '../api/session'
import { withRender } from '../charts/render'
import { Editor } from '../editor/Editor'
import type { EditorHandle } from '../editor/KqlEditor'
import type { OnCondition } from '../grid/ResultGrid'
import { currentPlace, go, usePlace } from '../parts/route'
import { createKeptStore, useStore } from '../parts/store'
import { isTyping } from '../app/keys'
import { blockAt, prelude, type Block } from './blocks'
import { conditionOf } from './condition'
import { readLink } from './link'
import { ResultPane } from './ResultPane'
import { cancel, prepare, run, runs } from './run'
import { SaveDialog } from './SaveDialog'
import { isChanged, loadSaved, save, saved, savedFunctions, type SavedDocument } from './saved'
import { SidePanel } from './SidePanel'
import { Splitter } from './Splitter'
import { TabStrip } from './TabStrip'
import { changeTab, currentTab, openTab, reopenTab, shownTab, tabs } from './tabs'
import { choosesTime, rangeOf, timespanOf } from './time'
import { Toolbar } from './Toolbar'
import './logs.css'

const editorHeight = createKeptStore('lazuli.editorHeight', 220)
const sideOpen = createKeptStore('lazuli.sideOpen', window.innerWidth > 900)

/** The place where queries are written and answered. */
export default function Logs() {
  const tab = currentTab(useStore(tabs), useStore(shownTab))
  const ws = useStore(workspace)
  const height = useStore(editorHeight)
  const side = useStore(sideOpen)
  const state = useStore(runs).get(tab.id) ?? { state: 'idle' as const }
  const editor = useRef<EditorHandle | undefined>(undefined)
  const [caret, setCaret] = useState(0)
  /** What the dialog is about: the text of the tab, or a saved query that gets another name or folder. */
  const [saving, setSaving] = useState<'tab' | SavedDocument | undefined>(undefined)

  useEffect(() => {
    void prepare(ws)
    loadSaved(ws).catch(() => undefined) // the tree stays empty; the bar above tells of a lost connection
  }, [ws])
  useSharedLink()

  const runNow = useCallback(async () => {
    const now = currentTab()
    const text = editor.current?.text() ?? now.text
    const part = editor.current?.selection() ?? blockAt(text, editor.current?.caret() ?? 0)
    if (!part) return
    editor.current?.mark([])
    const query = text.slice(part.start, part.end)
    const result = await run(now.id, query, now.range)
    if (result.state === 'failed' && result.failure.start !== undefined && currentTab().id === now.id) {
      const { start, end, message } = result.failure
      editor.current?.mark([{ start: part.start + start, end: part.start + (end ?? start + 1), message }])
    }
  }, [])
  const stop = useCallback(() => cancel(currentTab().id), [])
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented) return
      if (e.key === 'Escape' && !isTyping(e.target)) stop()
      else if (e.altKey && e.shiftKey && e.code === 'KeyT') reopenTab()
      else if (e.key === 'Enter' && e.shiftKey && !isTyping(e.target)) {
        e.preventDefault()
        void runNow()
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [runNow, stop])

  const onReady = useCallback((h: EditorHandle | undefined) => {
    editor.current = h
  }, [])
  const addCondition = useCallback<OnCondition>((column, value, not, path) => {
    const now = currentTab()
    const text = editor.current?.text() ?? now.text
    const block = blockOfRun(text) ?? blockAt(text, editor.current?.caret() ?? 0)
    if (!block) return
    const next = conditionOf(text.slice(block.start, block.end), column, value, not, path)
    editor.current?.replace(block, next)
    void run(now.id, next, now.range)
  }, [])
  /** Saves over the query that the tab came from, or else asks for a name. */
  const keep = useCallback(async () => {
    const now = currentTab()
    const doc = saved.get().find((d) => d.id === now.saved)
    if (!doc || !isChanged(now, saved.get())) return setSaving('tab')
    try {
      await save(workspace.get(), { ...doc.body, query: now.text.trim(), timespan: timespanOf(now.range) }, doc)
    } catch {
      setSaving('tab') // it says what is wrong, and what can be done
    }
  }, [])
  const putRender = useCallback((query: string, render: Render) => {
    const text = editor.current?.text() ?? ''
    const at = text.indexOf(query)
    const place = at >= 0 ? { start: at, end: at + query.length } : blockAt(text, editor.current?.caret() ?? 0)
    if (place) editor.current?.replace(place, withRender(text.slice(place.start, place.end), render))
  }, [])
  const askTime = useCallback((query: string, from: string, to: string) => {
    const range = { kind: 'between' as const, from, to }
    const { id } = currentTab()
    changeTab(id, { range })
    void run(id, query, range, true)
  }, [])
  const open = useCallback((text: string, title?: string, timespan?: string | null, savedID?: string) => {
    openTab({ text: text + '\n', title, saved: savedID, ...(timespan === undefined ? {} : { range: rangeOf(timespan) }) })
    if (window.innerWidth <= 900) sideOpen.set(false)
    setTimeout(() => editor.current?.focus())
  }, [])

  const docs = useStore(saved)
  const part = blockAt(tab.text, caret)
  const query = part ? tab.text.slice(part.start, part.end) : ''
  return (
    <div className="logs">
      {side && <SidePanel onOpen={open} onInsert={(text) => editor.current?.insert(text)} onEdit={setSaving} onClose={() => sideOpen.set(false)} />}
      <div className="logs-main">
        <TabStrip sideOpen={side} onSide={() => sideOpen.set(!side)} />
        <Toolbar
          tab={tab} running={state.state === 'running'} inQuery={choosesTime(prelude(query, savedFunctions(docs)) + query)} onRun={() => void runNow()} onCancel={stop} onSave={() => void keep()}
          onFormat={() => editor.current?.format()}
        />
        <div className="logs-editor" style={{ height }}>
          <Editor
            id={tab.id} initial={tab.text} label="Query" onChange={(text) => changeTab(currentTab().id, { text })} onCaret={setCaret} running={state.state === 'running'} onRun={() => void runNow()} onCancel={stop}
            onSave={() => void keep()} onReady={onReady}
          />
        </div>
        <Splitter value={height} least={80} most={Math.max(120, window.innerHeight - 300)} onChange={(v) => editorHeight.set(v)} />
        <ResultPane
          run={state} title={tab.title} onCondition={addCondition} onTime={(from, to) => state.state === 'done' && askTime(state.query, from, to)} onRender={putRender}
          onPlace={(at) => editor.current?.show((blockOfRun(tab.text)?.start ?? 0) + at)}
        />
      </div>
      {saving === 'tab' && <SaveDialog text={tab.text} range={tab.range} current={docs.find((d) => d.id === tab.saved)} onClose={() => setSaving(undefined)} onSaved={(d) => changeTab(tab.id, { saved: d.id, title: d.body.title })} />}
      {saving && saving !== 'tab' && <SaveDialog text={saving.body.query} range={rangeOf(saving.body.timespan)} current={saving} onClose={() => setSaving(undefined)} onSaved={() => undefined} />}
    </div>
  )
}

/** Where in the text of the shown tab the query stands whose result is shown. */
function blockOfRun(text: string): Block | undefined {
  const last = runs.get().get(currentTab().id)
  const start = last && 'query' in last ? text.indexOf(last.query) : -1
  return last && 'query' in last && start >= 0 ? { start, end: start + last.query.length } : undefined
}

/** Opens the query that the address carries, once, and runs it where the link asks for that: queries change nothing. */
function useSharedLink() {
  const { hash } = usePlace()
  useEffect(() => {
    if (!hash) return
    void readLink(hash).then((q) => {
      if (!q || currentPlace().hash !== hash) return
      go('/logs', true)
      const id = openTab({ title: q.title ?? 'Shared query', text: q.query, range: q.range })
      if (q.workspace && q.workspace !== workspace.get()) workspace.set(q.workspace)
      if (q.run) void run(id, q.query, q.range)
    })
  }, [hash])
}
