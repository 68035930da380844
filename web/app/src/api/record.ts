import { getJSON, request } from './http'
import type { RowId } from './query'

/** What was received behind a row. */
export interface RawRecord {
  seq: number
  frame: number
  ordinal: number
  table?: string
  /** Whether a table still has the row. */
  held: boolean
  received: string
  origin: { system: string; incarnation?: string; first?: number; last?: number }
  contentType: string
  encoding: string
  part: 'record' | 'frame'
  /** Why it is the frame although the record was asked for. */
  reason?: string
  offset: number
  frameBytes: number
  bytes: number
  sha256: string
  truncated?: boolean
  text?: string
  base64?: string
}

const path = (workspace: string, seq: RowId, frame: boolean) => `/v1/workspaces/${encodeURIComponent(workspace)}/records/${seq}${frame ? '?frame=true' : ''}`

/** The raw record behind a row, or the whole frame that it came in. */
export const loadRecord = (workspace: string, seq: RowId, frame: boolean, signal?: AbortSignal) => getJSON<RawRecord>(path(workspace, seq, frame), signal)

/** The same as bytes, all of them, and the name that the server gives the file. */
export async function loadBytes(workspace: string, seq: RowId, frame: boolean): Promise<{ name: string; content: Blob }> {
  const answer = await request(path(workspace, seq, frame), { headers: { Accept: 'application/octet-stream' } })
  const name = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? `record-${seq}`
  return { name, content: await answer.blob() }
}
