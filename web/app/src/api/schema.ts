import { createStore } from '../parts/store'
import { getJSON } from './http'

export interface SchemaColumn {
  Name: string
  Type: string
  CslType: string
  DocString?: string
}

export interface SchemaTable {
  Name: string
  DocString?: string
  OrderedColumns: SchemaColumn[]
  hasRows: boolean
  decoders?: Decoder[]
}

/** Which records land in a table. */
export interface Decoder {
  service: string
  categories?: string[]
  doc: string
}

/** The answer of `.show schema as json`, as Kusto's editor reads it. */
export interface ShowSchema {
  Plugins: unknown[]
  Databases: Record<string, { Name: string; Tables: Record<string, SchemaTable>; Functions: Record<string, unknown> }>
}

export interface KqlFunction {
  name: string
  aliases?: string[]
  kind: 'scalar' | 'aggregate' | 'window'
  signatures: string[]
  doc: string
  examples?: { kql: string; want: string }[]
}

export interface Language {
  functions: KqlFunction[]
  /** Kusto's functions and plug-ins that this server does not have. */
  refused: string[]
  systemColumns: SchemaColumn[]
}

export const schema = createStore<ShowSchema | undefined>(undefined)
export const language = createStore<Language | undefined>(undefined)

let loading: Promise<void> | undefined
let loaded = ''

/** Loads the schema of a workspace and the function table once; again when asked to. */
export function loadSchema(workspace: string, again = false): Promise<void> {
  if (loading && loaded === workspace && !again) return loading
  loaded = workspace
  const started = (async () => {
    const [s, l] = await Promise.all([
      getJSON<ShowSchema>(`/v1/console/workspaces/${encodeURIComponent(workspace)}/schema`),
      language.get() ?? getJSON<Language>('/v1/console/language'),
    ])
    if (loaded !== workspace) return
    schema.set(s)
    language.set(l)
  })()
  loading = started
  started.catch(() => {
    if (loading === started) loading = undefined
  })
  return started
}

/** The tables of the loaded schema, those with rows first, then by name. */
export function tablesOf(s: ShowSchema | undefined): SchemaTable[] {
  if (!s) return []
  const all = Object.values(s.Databases).flatMap((d) => Object.values(d.Tables))
  return all.sort((a, b) => Number(b.hasRows) - Number(a.hasRows) || a.Name.localeCompare(b.Name))
}

export function tablesWithRows(s: ShowSchema | undefined): string[] {
  return tablesOf(s).flatMap((t) => (t.hasRows ? [t.Name] : []))
}
