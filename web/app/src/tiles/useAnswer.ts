import { useEffect, useRef, useState } from 'react'
import { isAbort } from '../api/http'
import { ask, type Answer } from '../api/query'
import { useStore } from '../parts/store'
import { workspace } from '../api/session'

export interface AnswerState {
  answer?: Answer
  error?: Error
  busy: boolean
}

/** At most so many tiles ask at once: a board of twenty must not starve the one who waits for a query. */
const most = 3
let asking = 0
const waiting: (() => void)[] = []

async function turn(): Promise<void> {
  if (asking >= most) await new Promise<void>((go) => waiting.push(go))
  asking++
}

function done() {
  asking--
  waiting.shift()?.()
}

/**
 * The answer to a query, asked again when the query, the time or the round changes. Until then the last answer stays.
 * Without a query nothing is asked.
 */
export function useAnswer(query: string | undefined, timespan: string | undefined, round: number): AnswerState {
  const ws = useStore(workspace)
  const [state, setState] = useState<AnswerState>({ busy: true })
  const shown = useRef('')
  useEffect(() => {
    if (!query) {
      setState({ busy: false })
      return
    }
    const control = new AbortController()
    const key = JSON.stringify([ws, query, timespan])
    setState((s) => (shown.current === key ? { ...s, busy: true } : { busy: true }))
    const go = async () => {
      await turn()
      try {
        if (control.signal.aborted) return
        const answer = await ask({ workspace: ws, query, timespan, signal: control.signal })
        shown.current = key
        setState({ answer, busy: false })
      } catch (e) {
        if (!isAbort(e) && !control.signal.aborted) setState({ error: e as Error, busy: false })
      } finally {
        done()
      }
    }
    void go()
    return () => control.abort()
  }, [ws, query, timespan, round])
  return state
}
