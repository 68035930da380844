import { useEffect, useState } from 'react'
import { isAbort } from '../api/http'
import { loadSchema, schema, tablesWithRows } from '../api/schema'
import { workspace } from '../api/session'
import { useStore } from '../parts/store'
import { loadStates, type TableState } from './states'

/** What the tables hold, looked at again every so many milliseconds while the page is in sight. */
export function useStates(every: number): { states?: TableState[]; at: number; error?: Error } {
  const ws = useStore(workspace)
  const [state, setState] = useState<{ states?: TableState[]; at: number; error?: Error }>({ at: Date.now() })
  useEffect(() => {
    const control = new AbortController()
    let timer = 0
    const look = async () => {
      if (!document.hidden) {
        try {
          await loadSchema(ws)
          const states = await loadStates(ws, tablesWithRows(schema.get()), control.signal)
          const known = tablesWithRows(schema.get())
          if (states.some((t) => !known.includes(t.name))) await loadSchema(ws, true) // a table got its first rows
          setState({ states, at: Date.now() })
        } catch (e) {
          if (isAbort(e)) return
          setState((s) => ({ ...s, error: e as Error }))
        }
      }
      if (!control.signal.aborted) timer = window.setTimeout(() => void look(), every)
    }
    void look()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [ws, every])
  return state
}
