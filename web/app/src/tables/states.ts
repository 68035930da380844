import { ApiError, getJSON } from '../api/http'
import { ask } from '../api/query'
import { session } from '../api/session'
import { kqlName } from '../grid/path'

/** What the server holds of a table. */
export interface TableState {
  name: string
  rows: number
  bytes: number
  /** Instants of the first and last event, and of the last arrival; null where there are no rows. */
  from: string | null
  to: string | null
  received: string | null
  /** 0 keeps for ever; undefined is not known. */
  retentionSeconds?: number
}

/** The tables with rows. Who may administrate gets it from the server's own books; others from a query. */
export async function loadStates(workspace: string, tables: string[], signal?: AbortSignal): Promise<TableState[]> {
  if (session.get()?.scopes.includes('admin')) {
    try {
      const { tables: states } = await getJSON<{ tables: TableState[] }>('/v1/admin/tables?workspace=' + encodeURIComponent(workspace), signal)
      // The books have no arrival for rows that are still in memory only.
      const open = states.filter((t) => t.received === null && t.rows > 0).map((t) => t.name)
      const arrivals = new Map((await askStates(workspace, open, signal)).map((t) => [t.name, t.received]))
      return states.map((t) => ({ ...t, received: t.received ?? arrivals.get(t.name) ?? null }))
    } catch (e) {
      if (!(e instanceof ApiError && e.status === 403)) throw e
    }
  }
  return askStates(workspace, tables, signal)
}

async function askStates(workspace: string, tables: string[], signal?: AbortSignal): Promise<TableState[]> {
  if (tables.length === 0) return []
  const query = `union withsource=TableName ${tables.map(kqlName).join(', ')}\n| summarize Rows = count(), From = min(TimeGenerated), To = max(TimeGenerated), Received = max(_TimeReceived) by TableName`
  const { rows } = (await ask({ workspace, query, signal })).tables[0]
  return rows.map((r) => ({ name: String(r[0]), rows: Number(r[1]), bytes: 0, from: r[2] as string | null, to: r[3] as string | null, received: r[4] as string | null }))
}
