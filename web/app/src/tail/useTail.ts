import { useCallback, useEffect, useRef, useState } from 'react'
import { isAbort } from '../api/http'
import { ask } from '../api/query'
import { workspace } from '../api/session'
import { added, batch, endQuery, nextQuery, startQuery, waitingQuery, type TailRows } from './follow'

const every = 1000
const everyWaiting = 2000
const afterError = 3000

export interface TailState {
  rows?: TailRows
  error?: string
  /** Rows a second over the last ten looks. */
  rate: number
  /** Rows that came while the tail stands. */
  waiting: number
}

/** Follows a table while running; a stopped tail keeps its rows, and goes on where it stopped. */
export function useTail(table: string, filter: string, running: boolean): TailState & { clear: () => void } {
  const [state, setState] = useState<TailState>({ rate: 0, waiting: 0 })
  const rows = useRef<TailRows | undefined>(undefined)
  const key = useRef('')
  useEffect(() => {
    const now = JSON.stringify([workspace.get(), table, filter])
    if (key.current !== now) {
      key.current = now
      rows.current = undefined
      setState({ rate: 0, waiting: 0 })
    }
    if (!table || (!running && !rows.current)) return
    const control = new AbortController()
    const { signal } = control
    const seen: number[] = []
    let timer = 0
    const one = async (query: string) => (await ask({ workspace: workspace.get(), query, signal })).tables[0]
    const look = async () => {
      let wait = every
      try {
        if (!running) {
          const waiting = document.hidden ? undefined : Number((await one(waitingQuery(table, filter, rows.current!.cursor))).rows[0][0])
          if (waiting !== undefined) setState((s) => ({ ...s, waiting, error: undefined }))
          if (!signal.aborted) timer = window.setTimeout(() => void look(), everyWaiting)
          return
        }
        if (!rows.current) {
          const end = String((await one(endQuery(table))).rows[0]?.[0] || '0')
          rows.current = added(undefined, await one(startQuery(table, filter)), end)
        } else if (!document.hidden) {
          const answer = await one(nextQuery(table, filter, rows.current.cursor))
          seen.push(answer.rows.length)
          if (seen.length > 10) seen.shift()
          rows.current = added(rows.current, answer)
          if (answer.rows.length === batch) wait = 0
        }
        setState({ rows: rows.current, rate: seen.length > 0 ? seen.reduce((a, b) => a + b, 0) / seen.length / (every / 1000) : 0, waiting: 0 })
      } catch (e) {
        if (isAbort(e) || signal.aborted) return
        setState((s) => ({ ...s, error: (e as Error).message }))
        wait = afterError
      }
      if (!signal.aborted) timer = window.setTimeout(() => void look(), wait)
    }
    void look()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [table, filter, running])
  const clear = useCallback(() => {
    if (!rows.current) return
    rows.current = { ...rows.current, rows: [], seqs: [], dropped: 0 }
    setState((s) => ({ ...s, rows: rows.current }))
  }, [])
  return { ...state, clear }
}
