import * as monaco from 'monaco-editor/esm/vs/editor/editor.api'
import { check, type Fault } from '../api/query'
import { workspace } from '../api/session'
import { blocks, prelude, type Block } from '../logs/blocks'
import { savedFunctions } from '../logs/saved'

/** A mark under a part of the text. */
export interface Mark {
  start: number
  end: number
  message: string
}

const checkAfter = 400
/** Queries of a text that are checked: those behind them are marked when they are run. */
const mostChecked = 20

export function setMarks(model: monaco.editor.ITextModel | null, owner: string, marks: Mark[]) {
  if (!model || model.isDisposed()) return
  monaco.editor.setModelMarkers(
    model,
    owner,
    marks.map((m) => {
      const from = model.getPositionAt(m.start)
      const to = model.getPositionAt(Math.max(m.end, m.start + 1))
      return { startLineNumber: from.lineNumber, startColumn: from.column, endLineNumber: to.lineNumber, endColumn: to.column, message: m.message, severity: monaco.MarkerSeverity.Error, source: 'Lazuli' }
    }),
  )
}

/**
 * Asks the server about each query of the text after a pause in typing, and marks what it refuses. The server decides:
 * marks of the language service stand only in queries that the server refuses too, or when it cannot be asked.
 */
export function checkWhileWriting(model: monaco.editor.ITextModel): () => void {
  let timer = 0
  let asked: AbortController | undefined
  let faulty: Block[] | undefined // undefined as long as the server has not said
  let unreachable = false

  const tidy = () => {
    if (model.isDisposed() || unreachable) return
    const theirs = monaco.editor.getModelMarkers({ resource: model.uri, owner: 'kusto' })
    const said = monaco.editor.getModelMarkers({ resource: model.uri, owner: 'lazuli.check' })
    const kept = theirs.filter((m) => {
      const at = model.getOffsetAt({ lineNumber: m.startLineNumber, column: m.startColumn })
      const refused = faulty?.some((b) => b.start <= at && at <= b.end)
      return refused && !said.some((s) => monaco.Range.areIntersectingOrTouching(s, m))
    })
    if (kept.length === theirs.length) return
    monaco.editor.setModelMarkers(model, 'kusto', kept)
    // Monaco takes the line under ours away with the one that it lay over.
    monaco.editor.setModelMarkers(model, 'lazuli.check', said)
  }
  const run = async () => {
    asked?.abort()
    const mine = (asked = new AbortController())
    const text = model.getValue()
    const parts = blocks(text).slice(0, mostChecked)
    let found: Mark[][]
    try {
      found = await Promise.all(parts.map((b) => marksOf(text, b, mine.signal)))
      unreachable = false
    } catch {
      unreachable = !mine.signal.aborted
      return
    }
    if (model.isDisposed() || mine.signal.aborted || model.getValue() !== text) return
    faulty = parts.filter((_b, i) => found[i].length > 0)
    setMarks(model, 'lazuli.check', found.flat())
    tidy()
  }
  const soon = () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => void run(), checkAfter)
  }
  const writing = model.onDidChangeContent(() => {
    setMarks(model, 'lazuli.run', [])
    faulty = undefined
    soon()
  })
  const marking = monaco.editor.onDidChangeMarkers((changed) => changed.some((u) => u.toString() === model.uri.toString()) && tidy())
  soon()
  return () => {
    clearTimeout(timer)
    asked?.abort()
    writing.dispose()
    marking.dispose()
  }
}

async function marksOf(text: string, b: Block, signal: AbortSignal): Promise<Mark[]> {
  const query = text.slice(b.start, b.end)
  const before = prelude(query, savedFunctions())
  const sent = before ? before + '\n' + query : query
  const shift = b.start - (sent.length - query.length)
  const mark = (f: Fault): Mark =>
    // A fault in a saved function has no place in this text: the whole query gets the mark.
    f.start + shift < b.start ? { ...b, message: `In a saved function that the query uses: ${f.message}` } : { start: f.start + shift, end: f.end + shift, message: f.message }
  return (await check(workspace.get(), sent, signal)).map(mark)
}
