import { MessageBar, MessageBarBody, SearchBox, Spinner, Switch } from '@fluentui/react-components'
import { useMemo, useState } from 'react'
import { schema, tablesOf } from '../api/schema'
import { Link } from '../parts/Link'
import { ago, bytes, count, span } from '../parts/numbers'
import { useStore } from '../parts/store'
import { useStates } from './useStates'

const mostShown = 200

/** Every table: those with rows and, when asked for, those that are only known. */
export function TableList() {
  const s = useStore(schema)
  const { states, at, error } = useStates(10_000)
  const [wanted, setWanted] = useState('')
  const [all, setAll] = useState(false)
  const known = useMemo(() => tablesOf(s), [s])
  if (!states || !s) return error ? <MessageBar intent="error"><MessageBarBody>{error.message}</MessageBarBody></MessageBar> : <Spinner label="Looking at the tables…" />
  const held = new Map(states.map((t) => [t.name, t]))
  const needle = wanted.toLowerCase()
  const found = known.filter((t) => (all || held.has(t.Name)) && (!needle || t.Name.toLowerCase().includes(needle) || (t.DocString ?? '').toLowerCase().includes(needle)))
  return (
    <>
      <div className="page-head">
        <SearchBox placeholder="Find a table" aria-label="Find a table" value={wanted} onChange={(_e, d) => setWanted(d.value)} />
        <Switch label={`Also the ${count(known.length - held.size)} that are empty`} checked={all} onChange={(_e, d) => setAll(d.checked)} />
      </div>
      <div className="card sheet" tabIndex={0} role="region" aria-label="Tables">
        <table>
          <thead>
            <tr><th>Table</th><th className="right">Rows</th><th className="right">Size</th><th>First event</th><th>Last event</th><th>Last arrival</th><th>Kept for</th><th>Decoded from</th></tr>
          </thead>
          <tbody>
            {found.slice(0, mostShown).map((t) => {
              const h = held.get(t.Name)
              return (
                <tr key={t.Name}>
                  <th scope="row"><Link href={'/tables/' + encodeURIComponent(t.Name)}>{t.Name}</Link></th>
                  <td className="right">{h ? count(h.rows) : '–'}</td>
                  <td className="right">{h && h.bytes > 0 ? bytes(h.bytes) : '–'}</td>
                  <td>{stamp(h?.from)}</td>
                  <td>{stamp(h?.to)}</td>
                  <td>{h ? ago(h.received, at) : '–'}</td>
                  <td>{h ? retention(h.retentionSeconds) : '–'}</td>
                  <td className="muted cut" title={t.decoders?.join('\n')}>{t.decoders?.join('; ') ?? ''}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
        {found.length === 0 && <p className="muted tile-note">No table is called so.</p>}
        {found.length > mostShown && <p className="muted tile-note">{found.length - mostShown} more; write a part of the name.</p>}
      </div>
    </>
  )
}

export const stamp = (iso: string | null | undefined) => (iso ? iso.slice(0, 19).replace('T', ' ') : '–')
export const retention = (seconds: number | undefined) => (seconds === undefined ? '–' : seconds === 0 ? 'ever' : span(seconds))
