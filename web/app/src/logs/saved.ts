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

/** A folder of saved queries, and those within it. */
export interface Folder {
  name: string
  folders: Folder[]
  docs: SavedDocument[]
}

/** The tree of saved queries: "/" in a folder's name makes folders within folders. Those in none stand by what they are. */
export function folders(list: SavedDocument[]): Folder[] {
  const root: Folder = { name: '', folders: [], docs: [] }
  for (const d of list) {
    const names = d.body.folder.split('/').map((n) => n.trim()).filter((n) => n !== '')
    let at = root
    for (const name of names.length > 0 ? names : [d.body.function ? 'Functions' : 'Queries']) {
      let next = at.folders.find((f) => f.name === name)
      if (!next) at.folders.push((next = { name, folders: [], docs: [] }))
      at = next
    }
    at.docs.push(d)
  }
  const sort = (f: Folder) => {
    f.folders.sort((a, b) => a.name.localeCompare(b.name))
    f.folders.forEach(sort)
  }
  sort(root)
  return root.folders
}

/** Whether a tab's text is another than the saved query that it came from has. */
export function isChanged(tab: { saved?: string; text: string }, list: SavedDocument[]): boolean {
  const doc = list.find((d) => d.id === tab.saved)
  return !!doc && doc.body.query.trim() !== tab.text.trim()
}

/** The saved functions, as queries call them. */
export function savedFunctions(list = saved.get()): SavedFunction[] {
  return list.flatMap((d) => (d.body.function ? [{ ...d.body.function, body: d.body.query }] : []))
}
