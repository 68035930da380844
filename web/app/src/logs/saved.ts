import { deleteDocument, listDocuments, newID, saveDocument, type Document } from '../api/documents'
import { createStore } from '../parts/store'
import type { SavedFunction } from './blocks'

/** A query or function that is kept on the server. */
export interface SavedQuery {
  title: string
  folder: string
  query: string
  /** The API's timespan; absent leaves time to the query. */
  timespan?: string
  /** With it the query is a function: its name and parameters as other queries use them. */
  function?: { name: string; parameters: string }
}

export type SavedDocument = Document<SavedQuery>

/** What is saved in the workspace that is shown. */
export const saved = createStore<SavedDocument[]>([])

export async function loadSaved(workspace: string): Promise<void> {
  saved.set(await listDocuments<SavedQuery>(workspace, 'queries'))
}

export async function save(workspace: string, query: SavedQuery, over?: SavedDocument): Promise<SavedDocument> {
  const doc = await saveDocument(workspace, 'queries', over?.id ?? newID(query.title), over?.version ?? '', query)
  saved.set((list) => [...list.filter((d) => d.id !== doc.id), doc].sort((a, b) => a.body.title.localeCompare(b.body.title)))
  return doc
}

export async function remove(workspace: string, doc: SavedDocument): Promise<void> {
  await deleteDocument(workspace, 'queries', doc.id, doc.version)
  saved.set((list) => list.filter((d) => d.id !== doc.id))
}

/** The saved functions, as queries call them. */
export function savedFunctions(list = saved.get()): SavedFunction[] {
  return list.flatMap((d) => (d.body.function ? [{ ...d.body.function, body: d.body.query }] : []))
}
