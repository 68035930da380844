import { useCallback, useEffect, useRef, useState } from 'react'
import { isAbort } from '../api/http'

export interface Look<T> {
  value?: T
  error?: string
  /** Looks again now. */
  again: () => void
}

/** What ask answers, asked again every so many milliseconds while the page is in sight. */
export function useLook<T>(ask: (signal: AbortSignal) => Promise<T>, every: number): Look<T> {
  const [state, setState] = useState<{ value?: T; error?: string }>({})
  const [round, setRound] = useState(0)
  const latest = useRef(ask)
  latest.current = ask
  useEffect(() => {
    const control = new AbortController()
    let timer = 0
    const look = async () => {
      if (!document.hidden) {
        try {
          const value = await latest.current(control.signal)
          if (!control.signal.aborted) setState({ value })
        } catch (e) {
          if (isAbort(e) || control.signal.aborted) return
          setState((s) => ({ ...s, error: (e as Error).message }))
        }
      }
      if (!control.signal.aborted) timer = window.setTimeout(() => void look(), every)
    }
    void look()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [every, round])
  return { ...state, again: useCallback(() => setRound((n) => n + 1), []) }
}
