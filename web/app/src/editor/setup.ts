import 'monaco-editor/esm/vs/editor/edcore.main'
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api'
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker?worker'
import { getKustoWorker, kustoDefaults } from '@kusto/monaco-kusto'
import KustoWorker from '@kusto/monaco-kusto/release/esm/kusto.worker?worker'
import { language, type KqlFunction, type ShowSchema } from '../api/schema'

self.MonacoEnvironment = {
  getWorker: (_id: string, label: string) => (label === 'kusto' ? new KustoWorker() : new EditorWorker()),
}

kustoDefaults.setLanguageSettings({ ...kustoDefaults.languageSettings, enableHover: true, syntaxErrorAsMarkDown: { enableSyntaxErrorAsMarkDown: false } })
// The worker holds the schema; a new one would have to be told it again.
kustoDefaults.setMaximumWorkerIdleTime(0)

/** Hands the schema to the editor's language service. */
export async function setSchema(schema: ShowSchema, database: string, model: monaco.editor.ITextModel): Promise<void> {
  const accessor = await getKustoWorker()
  const worker = await accessor(model.uri)
  await worker.setSchemaFromShowSchema(schema, 'https://lazuli', database)
}

/** Hover over a function shows what our own table says of it: signatures, and examples that were run. */
monaco.languages.registerHoverProvider('kusto', {
  provideHover(model, position) {
    const word = model.getWordAtPosition(position)
    const f = word && functionNamed(word.word)
    if (!f) return null
    const signatures = f.signatures.map((s) => f.name + s).join('\n')
    const examples = (f.examples ?? []).map((e) => `${e.kql}  →  ${e.want === '' ? '""' : e.want}`).join('\n')
    return {
      range: new monaco.Range(position.lineNumber, word.startColumn, position.lineNumber, word.endColumn),
      contents: [{ value: `**${f.name}** (${f.kind})  \n${f.doc}` }, { value: '```kusto\n' + signatures + (examples ? '\n\n' + examples : '') + '\n```' }],
    }
  },
})

function functionNamed(name: string): KqlFunction | undefined {
  return language.get()?.functions.find((f) => f.name === name || f.aliases?.includes(name))
}

export { monaco }
