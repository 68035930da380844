import { ApiError, ConnectionError, isAbort } from '../api/http'
import { ask, type Answer } from '../api/query'
import { loadSchema } from '../api/schema'
import { workspace } from '../api/session'
import { createStore } from '../parts/store'
import { many } from '../parts/numbers'
import { prelude } from './blocks'
import { remember } from './history'
import { savedFunctions } from './saved'
import { effectiveRange, timespanOf, type TimeRange } from './time'

/** Why a run gave no rows. */
export interface Failure {
  title: string
  message: string
  code?: string
  correlationId?: string
  /** Where in the query that was run: offsets in it. */
  start?: number
  end?: number
}

export type Run =
  | { state: 'idle' }
  | { state: 'running'; since: number }
  | { state: 'done'; answer: Answer; seconds: number; query: string; number: number }
  | { state: 'failed'; failure: Failure; seconds: number; query: string }
  | { state: 'cancelled'; seconds: number }

/** The runs, by tab. */
export const runs = createStore<ReadonlyMap<string, Run>>(new Map())

const cancels = new Map<string, AbortController>()
let number = 0

const put = (tab: string, run: Run) => runs.set((m) => new Map(m).set(tab, run))

export function cancel(tab: string) {
  cancels.get(tab)?.abort()
}

/** Runs a query for a tab; what ran there before is cancelled. With narrow the range counts also where the query has a time of its own. */
export async function run(tab: string, query: string, range: TimeRange, narrow = false): Promise<Run> {
  cancel(tab)
  const control = new AbortController()
  cancels.set(tab, control)
  const since = performance.now()
  put(tab, { state: 'running', since })
  const before = prelude(query, savedFunctions())
  const timespan = timespanOf(narrow ? range : effectiveRange(before + query, range))
  let result: Run
  try {
    const answer = await ask({ workspace: workspace.get(), query: before ? before + '\n' + query : query, timespan, rowIds: true, signal: control.signal })
    result = { state: 'done', answer, seconds: (performance.now() - since) / 1000, query, number: ++number }
  } catch (e) {
    const seconds = (performance.now() - since) / 1000
    result = isAbort(e) ? { state: 'cancelled', seconds } : { state: 'failed', failure: failureOf(e, query, before), seconds, query }
  }
  if (cancels.get(tab) !== control) return result // another run took its place
  cancels.delete(tab)
  put(tab, result)
  const error = result.state === 'failed' ? result.failure.message : undefined
  remember({ query, timespan: timespanOf(range), at: new Date().toISOString(), seconds: 'seconds' in result ? result.seconds : 0, outcome: outcomeOf(result), error })
  return result
}

function outcomeOf(r: Run): string {
  if (r.state === 'done') return many(r.answer.tables[0]?.rows.length ?? 0, 'row')
  return r.state === 'failed' ? 'failed' : 'cancelled'
}

/** Says what went wrong and where, in terms of the text that the user wrote. */
export function failureOf(e: unknown, query: string, before: string): Failure {
  if (e instanceof ConnectionError) return { title: 'Connection lost', message: 'The server does not answer. Run the query again when it does.' }
  if (!(e instanceof ApiError)) return { title: 'The query failed', message: e instanceof Error ? e.message : String(e) }
  if (e.status === 401) return { title: 'Your session has ended', message: 'Sign in again, then run the query again.' }
  const titles: Record<number, string> = { 429: 'The server is busy', 504: 'The query took too long', 403: 'Not allowed' }
  const title = titles[e.status] ?? (e.code.startsWith('SYN') ? 'Syntax error' : e.code.startsWith('SEM') ? 'Semantic error' : 'The query failed')
  const failure: Failure = { title, message: e.message, code: e.code, correlationId: e.correlationId }
  if (!e.place) return failure
  const line = e.place.line - (before ? 1 : 0)
  if (line < 1) return { ...failure, message: `In a saved function that the query uses: ${e.message}` }
  const start = offsetOf(query, line, e.place.column)
  return { ...failure, start, end: Math.max(start + 1, Math.min(query.length, start + e.place.token.length)) }
}

/** The offset of a line and column, both from 1, columns in code points. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n')
  let at = 0
  for (let i = 0; i < line - 1 && i < lines.length; i++) at += lines[i].length + 1
  const signs = Array.from(lines[line - 1] ?? '').slice(0, column - 1)
  return Math.min(text.length, at + signs.join('').length)
}

/** Loads the schema and, when that fails, leaves the editor without it. */
export const prepare = (ws: string) => loadSchema(ws).catch(() => undefined)
