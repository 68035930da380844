import { getJSON, request } from './http'

export type Kind = 'dashboards' | 'queries'

export interface Document<T> {
  id: string
  version: string
  body: T
}

const path = (workspace: string, kind: Kind, id = '') =>
  `/v1/console/workspaces/${encodeURIComponent(workspace)}/documents/${kind}${id && '/' + encodeURIComponent(id)}`

export async function listDocuments<T>(workspace: string, kind: Kind): Promise<Document<T>[]> {
  return (await getJSON<{ documents: Document<T>[] }>(path(workspace, kind))).documents
}

/** Saves a document; version is the one that was changed, "" for a new one. The server refuses to overwrite a version nobody has seen. */
export async function saveDocument<T>(workspace: string, kind: Kind, id: string, version: string, body: T): Promise<Document<T>> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' }
  if (version) headers['If-Match'] = `"${version}"`
  const answer = await request(path(workspace, kind, id), { method: 'PUT', headers, body: JSON.stringify(body) })
  return (await answer.json()) as Document<T>
}

export async function deleteDocument(workspace: string, kind: Kind, id: string, version: string): Promise<void> {
  await request(path(workspace, kind, id), { method: 'DELETE', headers: { 'If-Match': `"${version}"` } })
}

/** An id for a document with that title: its letters, and enough chance that two do not meet. */
export function newID(title: string): string {
  const words = title.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40)
  const random = Array.from(crypto.getRandomValues(new Uint8Array(4)), (b) => b.toString(16).padStart(2, '0')).join('')
  return (words ? words + '-' : '') + random
}
