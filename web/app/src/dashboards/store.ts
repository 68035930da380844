import { deleteDocument, listDocuments, newID, saveDocument, type Document } from '../api/documents'
import { createStore } from '../parts/store'
import type { Dashboard } from './model'

export type DashboardDocument = Document<Dashboard>

/** The dashboards of the workspace that is shown; undefined until they are loaded. */
export const dashboards = createStore<DashboardDocument[] | undefined>(undefined)

export async function loadDashboards(workspace: string): Promise<void> {
  dashboards.set(await listDocuments<Dashboard>(workspace, 'dashboards'))
}

function put(doc: DashboardDocument) {
  dashboards.set((list) => [...(list ?? []).filter((d) => d.id !== doc.id), doc])
}

export async function createDashboard(workspace: string, d: Dashboard): Promise<DashboardDocument> {
  const doc = await saveDocument(workspace, 'dashboards', newID(d.title), '', d)
  put(doc)
  return doc
}

export async function changeDashboard(workspace: string, doc: DashboardDocument, d: Dashboard): Promise<DashboardDocument> {
  const saved = await saveDocument(workspace, 'dashboards', doc.id, doc.version, d)
  put(saved)
  return saved
}

export async function removeDashboard(workspace: string, doc: DashboardDocument): Promise<void> {
  await deleteDocument(workspace, 'dashboards', doc.id, doc.version)
  dashboards.set((list) => (list ?? []).filter((d) => d.id !== doc.id))
}
