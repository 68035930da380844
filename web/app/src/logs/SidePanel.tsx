import { Button, SearchBox, Tab, TabList } from '@fluentui/react-components'
import { DismissRegular } from '@fluentui/react-icons'
import { useMemo, useState } from 'react'
import { schema, tablesOf, type SchemaTable } from '../api/schema'
import { kqlName } from '../grid/path'
import { useStore } from '../parts/store'
import { examplesFor } from './examples'
import { HistoryList } from './HistoryList'
import { SavedTree } from './SavedTree'
import type { SavedDocument } from './saved'

export interface SidePanelProps {
  /** Opens a query in a new tab. */
  onOpen: (text: string, title?: string, timespan?: string | null, saved?: string) => void
  onInsert: (text: string) => void
  /** Changes what a saved query is called and where it stands. */
  onEdit: (doc: SavedDocument) => void
  onClose: () => void
}

/** Tables with their columns and example queries, saved queries and functions, and what was run before. */
export function SidePanel(props: SidePanelProps) {
  const [shown, setShown] = useState('tables')
  const [wanted, setWanted] = useState('')
  return (
    <aside className="side" aria-label="Tables and queries">
      <div className="side-head">
        <TabList size="small" selectedValue={shown} onTabSelect={(_e, d) => setShown(String(d.value))}>
          <Tab value="tables">Tables</Tab>
          <Tab value="saved">Saved</Tab>
          <Tab value="history">History</Tab>
        </TabList>
        <span className="grow" />
        <Button className="narrow-only" size="small" appearance="subtle" aria-label="Close" icon={<DismissRegular />} onClick={props.onClose} />
      </div>
      <SearchBox size="small" placeholder="Find" aria-label={`Find in ${shown}`} value={wanted} onChange={(_e, d) => setWanted(d.value)} className="side-find" />
      <div className="side-body">
        {shown === 'tables' && <TableTree wanted={wanted.toLowerCase()} {...props} />}
        {shown === 'saved' && <SavedTree wanted={wanted.toLowerCase()} {...props} />}
        {shown === 'history' && <HistoryList wanted={wanted.toLowerCase()} {...props} />}
      </div>
    </aside>
  )
}

const mostFound = 100

function TableTree({ wanted, onOpen, onInsert }: SidePanelProps & { wanted: string }) {
  const s = useStore(schema)
  const all = useMemo(() => tablesOf(s), [s])
  if (!s) return <p className="muted side-note">Loading the tables…</p>
  const found = wanted ? all.filter((t) => t.Name.toLowerCase().includes(wanted) || (t.hasRows && t.OrderedColumns.some((c) => c.Name.toLowerCase().includes(wanted)))) : all.filter((t) => t.hasRows)
  const rest = all.length - all.filter((t) => t.hasRows).length
  return (
    <>
      {found.slice(0, mostFound).map((t) => <TableNode key={t.Name} table={t} onOpen={onOpen} onInsert={onInsert} />)}
      {found.length === 0 && <p className="muted side-note">{wanted ? 'No table has that name.' : 'No table holds rows yet.'}</p>}
      {found.length > mostFound && <p className="muted side-note">{found.length - mostFound} more; write more of the name.</p>}
      {!wanted && <p className="muted side-note">{rest} more tables are known and empty; find them by name.</p>}
    </>
  )
}

function TableNode({ table, onOpen, onInsert }: { table: SchemaTable } & Pick<SidePanelProps, 'onOpen' | 'onInsert'>) {
  const [open, setOpen] = useState(false)
  return (
    <details className="node" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary title={table.DocString}>
        <span className={table.hasRows ? '' : 'muted'}>{table.Name}</span>
      </summary>
      {open && (
        <>
          <h4>Examples</h4>
          <ul>
            {examplesFor(table).map((e) => <li key={e.title}><button type="button" className="leaf" title={e.query} onClick={() => onOpen(e.query, e.title)}>{e.title}</button></li>)}
          </ul>
          <h4>Columns</h4>
          <ul>
            {table.OrderedColumns.map((c) => (
              <li key={c.Name}>
                <button type="button" className="leaf" title={c.DocString || `Insert ${c.Name}`} onClick={() => onInsert(kqlName(c.Name))}>
                  {c.Name} <span className="muted">{c.CslType}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </details>
  )
}
