import { Badge, MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { getJSON, isAbort } from '../api/http'
import { isAdmin } from '../api/session'
import { sources } from '../overview/queries'
import { ago, count } from '../parts/numbers'
import { Tile } from '../tiles/Tile'
import { stamp } from './TableList'
import { useStates } from './useStates'

interface Output {
  name: string
  cursor: number
  stable: number
  delivered: number
  rejected: number
  retried: number
  failures: number
  oldest: string | null
  lastError: string
}

/** Where rows come from, as their origin says, and where they are sent to. */
export function Sources() {
  const { states, error } = useStates(10_000)
  if (!states) return error ? <MessageBar intent="error"><MessageBarBody>{error.message}</MessageBarBody></MessageBar> : <Spinner label="Looking at the sources…" />
  const tables = states.map((t) => t.name)
  return (
    <>
      <div className="board">
        <Tile title="What came in the last 30 days, by source and table" query={tables.length > 0 ? sources(tables, 720) : undefined} why="Nothing has come in yet." round={0} className="w12 h2" />
      </div>
      <h2 className="section">Outputs</h2>
      {isAdmin() ? <Outputs /> : <p className="muted">Outputs are shown to administrators.</p>}
    </>
  )
}

function Outputs() {
  const [list, setList] = useState<Output[] | undefined>(undefined)
  const [error, setError] = useState('')
  useEffect(() => {
    const control = new AbortController()
    let timer = 0
    const look = async () => {
      try {
        setList((await getJSON<{ outputs: Output[] }>('/v1/admin/outputs', control.signal)).outputs)
        setError('')
      } catch (e) {
        if (isAbort(e)) return
        setError((e as Error).message)
      }
      if (!control.signal.aborted) timer = window.setTimeout(() => void look(), 5000)
    }
    void look()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [])
  if (error && !list) return <MessageBar intent="error"><MessageBarBody>{error}</MessageBarBody></MessageBar>
  if (!list) return <Spinner size="small" />
  if (list.length === 0) return <p className="muted">No output is configured. The key outputs of the configuration file sends rows to Splunk and others.</p>
  return (
    <div className="card sheet" tabIndex={0} role="region" aria-label="Outputs">
      <table>
        <thead>
          <tr><th>Output</th><th>State</th><th className="right">Delivered</th><th className="right">Waiting frames</th><th>Oldest waiting</th><th className="right">Rejected</th><th className="right">Sent again</th><th>Last error</th></tr>
        </thead>
        <tbody>
          {list.map((o) => {
            const behind = Math.max(0, frameOf(o.stable) - frameOf(o.cursor))
            return (
              <tr key={o.name}>
                <th scope="row">{o.name}</th>
                <td>{o.failures > 0 ? <Badge color="danger" appearance="tint">failing ({o.failures})</Badge> : behind > 0 ? <Badge color="informative" appearance="tint">sending</Badge> : <Badge color="success" appearance="tint">up to date</Badge>}</td>
                <td className="right">{count(o.delivered)}</td>
                <td className="right">{count(behind)}</td>
                <td title={stamp(o.oldest)}>{o.oldest ? ago(o.oldest) : '–'}</td>
                <td className="right">{count(o.rejected)}</td>
                <td className="right">{count(o.retried)}</td>
                <td className="wrap">{o.lastError}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** The frame that a sequence lies in: its upper bits. */
const frameOf = (seq: number) => Math.floor(seq / 2 ** 24)
