import { useEffect, useRef } from 'react'
import { schema } from '../api/schema'
import { workspace } from '../api/session'
import { useDark } from '../app/theme'
import { useStore } from '../parts/store'
import { saved } from '../logs/saved'
import { checkWhileWriting, setMarks, type Mark } from './checks'
import { monaco, setSchema } from './setup'
import './editor.css'

/** What the page may do with the editor. */
export interface EditorHandle {
  text(): string
  /** The selected text, or else undefined, and where the caret is. */
  selection(): { start: number; end: number } | undefined
  caret(): number
  insert(text: string): void
  /** Puts a text in the place of a part; undo takes it back. */
  replace(part: { start: number; end: number }, text: string): void
  mark(marks: Mark[]): void
  show(offset: number): void
  focus(): void
  format(): void
}

export interface KqlEditorProps {
  /** Names the text: another name shows another text, with its own undo history. */
  id: string
  initial: string
  label: string
  onChange: (text: string) => void
  /** The caret is at another offset. */
  onCaret?: (offset: number) => void
  /** A query runs, which Esc cancels. */
  running?: boolean
  onRun?: () => void
  onCancel?: () => void
  onSave?: () => void
  onReady?: (handle: EditorHandle | undefined) => void
  /** The text may be wrong as a whole query: a filter, for example. */
  unchecked?: boolean
  height?: number
}

/** Where the caret was in the texts that were shown, by their names. */
const left = new Map<string, monaco.editor.ICodeEditorViewState | null>()

/** An editor of KQL that knows the workspace's schema. */
export default function KqlEditor(props: KqlEditorProps) {
  const box = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  latest.current = props
  const dark = useDark()
  const known = useStore(schema)
  const functions = useStore(saved)
  const database = useStore(workspace)
  const editor = useRef<monaco.editor.IStandaloneCodeEditor | undefined>(undefined)
  const running = useRef<monaco.editor.IContextKey<boolean> | undefined>(undefined)

  useEffect(() => {
    const made = monaco.editor.create(box.current!, {
      language: 'kusto', automaticLayout: true, minimap: { enabled: false }, fontSize: 13.5, lineHeight: 20, scrollBeyondLastLine: false, fixedOverflowWidgets: true,
      wordWrap: 'on', padding: { top: 8, bottom: 8 }, ariaLabel: latest.current.label, renderLineHighlight: 'line', lineNumbersMinChars: 3, quickSuggestions: { other: true, comments: false, strings: false },
      suggest: { showWords: false }, model: null, occurrencesHighlight: 'off', stickyScroll: { enabled: false }, scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
    })
    editor.current = made
    made.addAction({ id: 'lazuli.run', label: 'Run', keybindings: [monaco.KeyMod.Shift | monaco.KeyCode.Enter, monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter], run: () => latest.current.onRun?.() })
    made.addAction({ id: 'lazuli.save', label: 'Save', keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS], run: () => latest.current.onSave?.() })
    // While a query runs Esc is for it alone, whatever stands open in the editor.
    running.current = made.createContextKey('lazuliRunning', false)
    made.addCommand(monaco.KeyCode.Escape, () => latest.current.onCancel?.(), 'lazuliRunning')
    made.onDidChangeCursorPosition((e) => latest.current.onCaret?.(made.getModel()?.getOffsetAt(e.position) ?? 0))
    latest.current.onReady?.(handleOf(made))
    return () => {
      latest.current.onReady?.(undefined)
      made.dispose()
      editor.current = undefined
    }
  }, [])

  useEffect(() => {
    const uri = monaco.Uri.parse(`inmemory://lazuli/${props.id}.kql`)
    const model = monaco.editor.getModel(uri) ?? monaco.editor.createModel(latest.current.initial, 'kusto', uri)
    if (model.getValue() !== latest.current.initial) model.setValue(latest.current.initial)
    const made = editor.current!
    made.setModel(model)
    made.restoreViewState(left.get(props.id) ?? null)
    const checking = latest.current.unchecked ? undefined : checkWhileWriting(model)
    const listener = model.onDidChangeContent(() => latest.current.onChange(model.getValue()))
    return () => {
      left.set(props.id, made.saveViewState())
      listener.dispose()
      checking?.()
    }
  }, [props.id])

  useEffect(() => running.current?.set(!!props.running), [props.running])
  useEffect(() => monaco.editor.setTheme(dark ? 'kusto-dark' : 'kusto-light'), [dark])

  useEffect(() => {
    const model = editor.current?.getModel()
    if (!known || !model || !known.Databases[database]) return
    const before = model.getVersionId()
    void setSchema(known, functions, database, model).then(() => {
      // Who began to type before the language service was ready gets the list that was missed.
      const now = editor.current
      if (now?.getModel() === model && now.hasTextFocus() && model.getVersionId() !== before) now.trigger('lazuli', 'editor.action.triggerSuggest', {})
    })
  }, [known, functions, database, props.id])

  return <div ref={box} className="kql-editor" style={props.height ? { height: props.height } : undefined} />
}

function handleOf(e: monaco.editor.IStandaloneCodeEditor): EditorHandle {
  const offset = (p: monaco.IPosition) => e.getModel()?.getOffsetAt(p) ?? 0
  return {
    text: () => e.getModel()?.getValue() ?? '',
    selection() {
      const s = e.getSelection()
      return s && !s.isEmpty() ? { start: offset(s.getStartPosition()), end: offset(s.getEndPosition()) } : undefined
    },
    caret: () => offset(e.getPosition() ?? { lineNumber: 1, column: 1 }),
    insert(text) {
      const at = e.getSelection()
      if (at) e.executeEdits('lazuli', [{ range: at, text, forceMoveMarkers: true }])
      e.focus()
    },
    replace(part, text) {
      const model = e.getModel()
      if (!model) return
      const from = model.getPositionAt(part.start)
      e.pushUndoStop()
      e.executeEdits('lazuli', [{ range: monaco.Range.fromPositions(from, model.getPositionAt(part.end)), text }])
      e.pushUndoStop()
      e.setPosition(from)
    },
    mark: (marks) => setMarks(e.getModel(), 'lazuli.run', marks),
    show(at) {
      const model = e.getModel()
      if (!model) return
      e.setPosition(model.getPositionAt(at))
      e.revealPositionInCenterIfOutsideViewport(model.getPositionAt(at))
      e.focus()
    },
    focus: () => e.focus(),
    format: () => void e.getAction('editor.action.formatDocument')?.run(),
  }
}
