import 'monaco-editor/esm/vs/editor/edcore.main'
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api'
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker?worker'
import { getKustoWorker, kustoDefaults } from '@kusto/monaco-kusto'
import KustoWorker from '@kusto/monaco-kusto/release/esm/kusto.worker?worker'
import type { ShowSchema } from '../api/schema'
import type { SavedFunction } from '../logs/blocks'
import { savedFunctions, type SavedDocument } from '../logs/saved'
import { declarations, type Declaration } from './calls'
import { ours } from './known'
import './assist'

self.MonacoEnvironment = {
  getWorker: (_id: string, label: string) => (label === 'kusto' ? new KustoWorker() : new EditorWorker()),
}

kustoDefaults.setLanguageSettings({
  ...kustoDefaults.languageSettings,
  enableHover: false, // assist.ts asks the language service where the server's own tables have nothing
  enableQueryWarnings: false,
  enableQuerySuggestions: false,
  syntaxErrorAsMarkDown: { enableSyntaxErrorAsMarkDown: false },
  onDidProvideCompletionItems: async (list) => ({ ...list, items: ours(list.items) }),
})
// The worker holds the schema; a new one would have to be told it again.
kustoDefaults.setMaximumWorkerIdleTime(0)

let told: { what: unknown[]; done: Promise<void> } | undefined

/** Hands the schema and the saved functions to the editor's language service, which all editors share. */
export function setSchema(schema: ShowSchema, functions: SavedDocument[], database: string, model: monaco.editor.ITextModel): Promise<void> {
  const what = [schema, functions, database]
  if (!told || what.some((w, i) => w !== told!.what[i])) told = { what, done: tell(schema, functions, database, model) }
  return told.done
}

async function tell(schema: ShowSchema, functions: SavedDocument[], database: string, model: monaco.editor.ITextModel): Promise<void> {
  const worker = await (await getKustoWorker())(model.uri)
  const withFunctions = (known: Record<string, unknown>) =>
    worker.setSchemaFromShowSchema({ ...schema, Databases: { ...schema.Databases, [database]: { ...schema.Databases[database], Functions: known } } }, 'https://lazuli', database)
  // A function that nobody can read must not take the tables with it.
  await withFunctions(Object.fromEntries(savedFunctions(functions).map((f) => [f.name, functionSchema(f)]))).catch(() => withFunctions({}))
}

/** Kusto's types as the answer of `.show schema as json` names them. */
const clrTypes: Record<string, string> = {
  bool: 'System.SByte', boolean: 'System.SByte', datetime: 'System.DateTime', date: 'System.DateTime', decimal: 'System.Data.SqlTypes.SqlDecimal', dynamic: 'System.Object', guid: 'System.Guid',
  int: 'System.Int32', long: 'System.Int64', real: 'System.Double', double: 'System.Double', string: 'System.String', timespan: 'System.TimeSpan', time: 'System.TimeSpan',
}
const typed = (d: Declaration) => ({ Name: d.name, Type: clrTypes[d.type] ?? 'System.Object', CslType: d.type })

/** A saved function as the answer of `.show schema as json` has one. */
function functionSchema(f: SavedFunction) {
  const parameters = declarations(f.parameters).map((p) => ({ ...typed(p), CslDefaultValue: p.default, ...(p.columns ? { Columns: p.columns.map(typed) } : {}) }))
  return { Name: f.name, InputParameters: parameters, Body: `{ ${f.body}\n}`, Folder: '', DocString: '', FunctionKind: 'Unknown', OutputColumns: [] }
}

export { monaco }
