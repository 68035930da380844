import { Button, MessageBar, MessageBarBody, SearchBox, Spinner, Switch } from '@fluentui/react-components'
import { ArrowLeftRegular } from '@fluentui/react-icons'
import { useEffect, useState } from 'react'
import { language, loadSchema, schema, tablesOf } from '../api/schema'
import { workspace } from '../api/session'
import { examplesFor } from '../logs/examples'
import { plainLink } from '../logs/link'
import { Link } from '../parts/Link'
import { ago, bytes, count } from '../parts/numbers'
import { go } from '../parts/route'
import { useStore } from '../parts/store'
import { retention, stamp } from './TableList'
import { purposeOf } from './purpose'
import { useStates } from './useStates'

/** One table: what it is for, what it holds, its columns, and questions to ask it. */
export function TablePage({ name }: { name: string }) {
  const s = useStore(schema)
  const l = useStore(language)
  const ws = useStore(workspace)
  const { states, at } = useStates(10_000)
  const [wanted, setWanted] = useState('')
  const [described, setDescribed] = useState(false)
  const [failed, setFailed] = useState('')
  useEffect(() => {
    loadSchema(ws).catch((e: Error) => setFailed(e.message))
  }, [ws])
  if (failed) return <div className="page"><MessageBar intent="error"><MessageBarBody>{failed}</MessageBarBody></MessageBar></div>
  if (!s) return <Spinner className="waiting" label="Loading the schema…" />
  const table = tablesOf(s).find((t) => t.Name === name)
  const back = <Button appearance="subtle" icon={<ArrowLeftRegular />} onClick={() => go('/tables')}>Tables</Button>
  if (!table) return <div className="page">{back}<p>There is no table {name}.</p></div>
  const purpose = purposeOf(table.DocString ?? '')
  const state = states?.find((t) => t.name === name)
  const needle = wanted.toLowerCase()
  const columns = [...table.OrderedColumns.map((c) => ({ ...c, hidden: false })), ...(l?.systemColumns ?? []).map((c) => ({ ...c, hidden: true }))].filter(
    (c) => (!described || !!c.DocString) && (!needle || c.Name.toLowerCase().includes(needle) || (c.DocString ?? '').toLowerCase().includes(needle)),
  )
  const facts: [string, string][] = state
    ? [['Rows', count(state.rows)], ['Size', state.bytes > 0 ? bytes(state.bytes) : '–'], ['First event', stamp(state.from)], ['Last event', stamp(state.to)], ['Last arrival', ago(state.received, at)], ['Kept for', retention(state.retentionSeconds)]]
    : [['Rows', '0']]
  return (
    <div className="page">
      <div className="page-head">{back}<h1>{table.Name}</h1></div>
      {purpose.text && <p className="table-doc">{purpose.text}</p>}
      {purpose.facts.length > 0 && <p className="table-doc muted">{purpose.facts.map(([k, v]) => <span key={k} className="fact"><strong>{k}</strong> {v}</span>)}</p>}
      <div className="figures">
        {facts.map(([k, v]) => <div key={k} className="figure card small"><span>{k}</span><strong>{v}</strong></div>)}
      </div>
      <div className="table-grid">
        <section className="card pad">
          <div className="page-head"><h2>Columns</h2><SearchBox size="small" placeholder="Find a column" aria-label="Find a column" value={wanted} onChange={(_e, d) => setWanted(d.value)} /><Switch label="Only those with a meaning" checked={described} onChange={(_e, d) => setDescribed(d.checked)} /><span className="muted small-text">{count(columns.length)} columns</span></div>
          <div className="sheet" tabIndex={0} role="region" aria-label="Columns">
            <table>
              <thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead>
              <tbody>
                {columns.map((c) => (
                  <tr key={c.Name + String(c.hidden)}>
                    <th scope="row" className="mono">{c.Name}{c.hidden && <span className="muted"> hidden</span>}</th>
                    <td className="mono muted">{c.CslType}</td>
                    <td className="wrap"><WithCode text={c.DocString ?? ''} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
        <section className="card pad">
          <h2>Ask it</h2>
          <ul className="plain">
            {examplesFor(table).map((e) => <li key={e.title}><Link href={plainLink({ query: e.query, range: state ? { kind: 'last', duration: 'P7D' } : { kind: 'query' }, title: e.title, run: true })}>{e.title}</Link></li>)}
            <li><Link href={'/tail#' + encodeURIComponent(table.Name)}>Watch it live</Link></li>
          </ul>
          <h2>Decoded from</h2>
          {table.decoders?.length ? (
            <dl className="decoders">
              {table.decoders.map((d, i) => (
                <div key={i}>
                  <dt>{d.service}{d.categories?.length ? <span className="muted"> {d.categories.join(', ')}</span> : null}</dt>
                  <dd>{d.doc}</dd>
                </div>
              ))}
            </dl>
          ) : <p className="muted">No decoder writes this table yet; records sent to it as rows would land here.</p>}
        </section>
      </div>
    </div>
  )
}

/** A sentence in which what stands in backticks is code. */
function WithCode({ text }: { text: string }) {
  return <>{text.split('`').map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}</>
}
