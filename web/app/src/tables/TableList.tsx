import { Button, MessageBar, MessageBarBody, SearchBox, Spinner, Tab, TabList } from '@fluentui/react-components'
import { useMemo, useState } from 'react'
import { schema, tablesOf } from '../api/schema'
import { Link } from '../parts/Link'
import { ago, bytes, count, span } from '../parts/numbers'
import { useStore } from '../parts/store'
import { listTables, servicesOf, type Key, type Listed, type Shown } from './list'
import { useStates } from './useStates'

const mostShown = 200

const heads: { key: Key; title: string; right?: boolean }[] = [
  { key: 'name', title: 'Table' }, { key: 'rows', title: 'Rows', right: true }, { key: 'bytes', title: 'Size', right: true }, { key: 'from', title: 'First event' },
  { key: 'to', title: 'Last event' }, { key: 'received', title: 'Last arrival' }, { key: 'retention', title: 'Kept for' }, { key: 'decoders', title: 'Decoded from' },
]

/** Every table: those with rows, and all that are known by name. */
export function TableList() {
  const s = useStore(schema)
  const { states, at, error } = useStates(10_000)
  const [wanted, setWanted] = useState('')
  const [shown, setShown] = useState<Shown>('rows')
  const [sort, setSort] = useState<{ key: Key; descending: boolean }>({ key: 'name', descending: false })
  const [whole, setWhole] = useState(false)
  const known = useMemo(() => tablesOf(s), [s])
  const list = useMemo(() => (states ? listTables(known, states, { wanted, shown, ...sort }) : undefined), [known, states, wanted, shown, sort])
  if (!list || !states || !s) return error ? <MessageBar intent="error"><MessageBarBody>{error.message}</MessageBarBody></MessageBar> : <Spinner label="Looking at the tables…" />
  const found = whole ? list.found : list.found.slice(0, mostShown)
  const onSort = (key: Key) => setSort((now) => (now.key === key ? { key, descending: !now.descending } : { key, descending: key === 'rows' || key === 'bytes' || key === 'received' }))
  const choose = (to: Shown) => {
    setShown(to)
    setWhole(false)
  }
  return (
    <>
      <div className="page-head">
        <SearchBox placeholder="Find by name, purpose or service" aria-label="Find a table" value={wanted} onChange={(_e, d) => setWanted(d.value)} className="table-search" />
        <TabList size="small" selectedValue={shown} onTabSelect={(_e, d) => choose(d.value as Shown)} aria-label="Which tables">
          <Tab value="rows">With rows ({count(list.counts.rows)})</Tab>
          <Tab value="decoded">Decoded, no rows yet ({count(list.counts.decoded)})</Tab>
          <Tab value="all">All known ({count(list.counts.all)})</Tab>
        </TabList>
      </div>
      <div className="card sheet" tabIndex={0} role="region" aria-label="Tables">
        <table>
          <thead>
            <tr>
              {heads.map((h) => (
                <th key={h.key} className={h.right ? 'right' : ''} aria-sort={sort.key === h.key ? (sort.descending ? 'descending' : 'ascending') : undefined}>
                  <button type="button" className="sort" onClick={() => onSort(h.key)}>{h.title}<span aria-hidden>{sort.key === h.key ? (sort.descending ? ' ↓' : ' ↑') : ''}</span></button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.map((t) => <TableRow key={t.name} table={t} at={at} />)}
          </tbody>
        </table>
        {list.found.length === 0 && (
          <p className="muted tile-note">
            No table of these fits. {list.elsewhere > 0 && <Button size="small" appearance="transparent" onClick={() => choose('all')}>Show {count(list.elsewhere)} among all known tables</Button>}
          </p>
        )}
        {list.found.length > 0 && list.elsewhere > 0 && wanted && (
          <p className="tile-note"><Button size="small" appearance="transparent" onClick={() => choose('all')}>{count(list.elsewhere)} more among all known tables</Button></p>
        )}
        {found.length < list.found.length && <p className="tile-note"><Button size="small" appearance="transparent" onClick={() => setWhole(true)}>Show the other {count(list.found.length - found.length)}</Button></p>}
      </div>
    </>
  )
}

function TableRow({ table: t, at }: { table: Listed; at: number }) {
  const h = t.state
  return (
    <tr>
      <th scope="row"><Link href={'/tables/' + encodeURIComponent(t.name)}>{t.name}</Link></th>
      <td className="right">{h ? count(h.rows) : '–'}</td>
      <td className="right">{h && h.bytes > 0 ? bytes(h.bytes) : '–'}</td>
      <td>{stamp(h?.from)}</td>
      <td>{stamp(h?.to)}</td>
      <td title={h?.received ? stamp(h.received) + ' UTC' : undefined}>{h ? ago(h.received, at) : '–'}</td>
      <td>{h ? retention(h.retentionSeconds) : '–'}</td>
      <td className="muted cut" title={servicesOf(t.decoders)}>{servicesOf(t.decoders)}</td>
    </tr>
  )
}

export const stamp = (iso: string | null | undefined) => (iso ? iso.slice(0, 19).replace('T', ' ') : '–')
export const retention = (seconds: number | undefined) => (seconds === undefined ? '–' : seconds === 0 ? 'for ever' : span(seconds))
