import * as monaco from 'monaco-editor/esm/vs/editor/editor.api'
import { getKustoWorker } from '@kusto/monaco-kusto'
import { blockAt } from '../logs/blocks'
import { callAt, parameterAt, parametersOf } from './calls'
import { functionDoc, functionNamed, savedDoc, savedNamed, schemaDoc, valuesOf } from './known'

/** What the language service's worker can do beyond what its types say. */
interface Hovering {
  doHover(uri: string, at: { line: number; character: number }): Promise<{ contents?: { value?: string } } | null>
}

/** Tells what stands under the pointer: from the server's own tables, and only for the rest from the language service. */
monaco.languages.registerHoverProvider('kusto', {
  async provideHover(model, position) {
    const word = model.getWordAtPosition(position)
    if (!word) return null
    const text = model.getValue()
    const block = blockAt(text, model.getOffsetAt(position))
    const range = new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn)
    const f = functionNamed(word.word)
    const s = savedNamed(word.word)
    const told = f && followsCall(model, range) ? functionDoc(f) : s ? savedDoc(s) : schemaDoc(word.word, block ? text.slice(block.start, block.end) : '')
    if (told) return { range, contents: [{ value: told }] }
    const worker = (await (await getKustoWorker())(model.uri)) as unknown as Hovering
    const contents = (await worker.doHover(model.uri.toString(), { line: position.lineNumber - 1, character: position.column - 1 }))?.contents
    // Its links lead to pages that are not here.
    return contents?.value ? { range, contents: [{ value: contents.value.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1') }] } : null
  },
})

/** Whether an opening parenthesis follows: a column may have a function's name. */
function followsCall(model: monaco.editor.ITextModel, range: monaco.Range): boolean {
  return /^\s*\(/.test(model.getLineContent(range.startLineNumber).slice(range.endColumn - 1))
}

monaco.languages.registerSignatureHelpProvider('kusto', {
  signatureHelpTriggerCharacters: ['(', ','],
  signatureHelpRetriggerCharacters: [')'],
  provideSignatureHelp(model, position) {
    const call = callAt(model.getValue(), model.getOffsetAt(position))
    const f = call && functionNamed(call.name)
    const saved = call && savedNamed(call.name)
    const signatures = f ? f.signatures : saved ? [`(${saved.parameters})`] : []
    if (!call || signatures.length === 0) return null
    const list = signatures.map((s) => ({ text: call.name + s, parameters: parametersOf(s) }))
    // The first overload that has room for the argument.
    const fits = list.findIndex((s) => parameterAt(s.parameters, call.argument) < s.parameters.length)
    const active = Math.max(0, fits)
    return {
      value: {
        signatures: list.map((s) => ({ label: s.text, documentation: f?.doc, parameters: s.parameters.map((p) => ({ label: p })) })),
        activeSignature: active,
        activeParameter: parameterAt(list[active].parameters, call.argument),
      },
      dispose() {},
    }
  },
})

/** Offers the texts that an argument may be: parts of a date, names of time zones. */
monaco.languages.registerCompletionItemProvider('kusto', {
  triggerCharacters: ['"', "'", '(', ',', ' '],
  provideCompletionItems(model, position) {
    const call = callAt(model.getValue(), model.getOffsetAt(position))
    const f = call && functionNamed(call.name)
    const values = f ? f.signatures.flatMap((s) => {
      const parameters = parametersOf(s)
      return valuesOf(f.name, parameters[parameterAt(parameters, call.argument)] ?? '')
    }) : []
    if (!call || values.length === 0) return undefined
    const line = model.getLineContent(position.lineNumber)
    const begun = /[\w/+-]*$/.exec(line.slice(0, position.column - 1))![0].length
    const range = new monaco.Range(position.lineNumber, position.column - begun, position.lineNumber, position.column)
    return {
      suggestions: values.map((v, i) => ({
        label: v, kind: monaco.languages.CompletionItemKind.EnumMember, range, insertText: call.quote ? v : `"${v}"`, sortText: '0' + String(i).padStart(4, '0'),
      })),
    }
  },
})

/** Puts in what the server said was probably meant. */
monaco.languages.registerCodeActionProvider('kusto', {
  provideCodeActions(model, _range, context) {
    const actions = context.markers.flatMap((m) => {
      const meant = /did you mean '([^']+)'\?/i.exec(m.message)?.[1]
      if (!meant || m.source !== 'Lazuli') return []
      return [{
        title: `Change to '${meant}'`, kind: 'quickfix', isPreferred: true, diagnostics: [m],
        edit: { edits: [{ resource: model.uri, versionId: model.getVersionId(), textEdit: { range: m, text: meant } }] },
      }]
    })
    return { actions, dispose() {} }
  },
})
