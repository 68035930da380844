import { Button, Combobox, Input, MessageBar, MessageBarBody, Option, Switch } from '@fluentui/react-components'
import { DeleteRegular, PauseFilled, PlayFilled } from '@fluentui/react-icons'
import { useEffect, useMemo, useState } from 'react'
import { loadSchema, schema, tablesOf } from '../api/schema'
import { workspace } from '../api/session'
import { ColumnChooser } from '../grid/ColumnChooser'
import { mainColumns } from '../parts/columns'
import { count, short } from '../parts/numbers'
import { usePlace } from '../parts/route'
import { createKeptStore, useStore } from '../parts/store'
import { hiddenOf, shownOf } from './columns'
import { TailGrid } from './TailGrid'
import { mostCounted } from './follow'
import { useTail } from './useTail'
import './tail.css'

const kept = createKeptStore('lazuli.tail', { table: '', filter: '' })
/** The columns that somebody chose, by table: their names, in order. */
const choices = createKeptStore<Record<string, string[]>>('lazuli.tailColumns', {})

/** Rows as they arrive. */
export default function Tail() {
  const ws = useStore(workspace)
  const s = useStore(schema)
  const { hash } = usePlace()
  const chosen = useStore(kept)
  const chosenColumns = useStore(choices)
  const [filter, setFilter] = useState(chosen.filter)
  const [running, setRunning] = useState(true)
  const [follow, setFollow] = useState(true)
  const tables = useMemo(() => tablesOf(s), [s])
  useEffect(() => void loadSchema(ws).catch(() => undefined), [ws])
  useEffect(() => {
    if (hash) kept.set({ table: decodeURIComponent(hash), filter: '' })
  }, [hash])
  const table = chosen.table || tables.find((t) => t.hasRows)?.Name || ''
  const tail = useTail(table, chosen.filter, running)
  const columns = tail.rows?.columns ?? []
  // Which columns are filled is judged by the first rows: columns must not come and go while rows run by.
  const begun = (tail.rows?.rows.length ?? 0) > 0
  const usual = useMemo(() => mainColumns(table, columns, tail.rows?.rows.slice(0, 200)), [table, columns.length, begun])
  const shown = useMemo(() => shownOf(columns, chosenColumns[table], usual), [columns, chosenColumns, table, usual])
  const applyFilter = () => kept.set((k) => ({ ...k, table, filter }))
  const chooseColumns = (hidden: ReadonlySet<number>) => {
    const kept = shown.filter((i) => !hidden.has(i))
    const added = columns.map((_c, i) => i).filter((i) => !hidden.has(i) && !kept.includes(i))
    choices.set((c) => ({ ...c, [table]: [...kept, ...added].map((i) => columns[i].name) }))
  }
  return (
    <div className="tail">
      <div className="toolbar" role="toolbar" aria-label="Live tail">
        <Button appearance="primary" size="small" icon={running ? <PauseFilled /> : <PlayFilled />} onClick={() => setRunning(!running)}>{running ? 'Pause' : tail.waiting > 0 ? `Go on (${waitingText(tail.waiting)} wait)` : 'Go on'}</Button>
        <TableChoice names={tables.map((t) => ({ name: t.Name, empty: !t.hasRows }))} value={table} onChange={(name) => kept.set({ table: name, filter: chosen.filter })} />
        <form className="tail-filter" onSubmit={(e) => { e.preventDefault(); applyFilter() }}>
          <Input
            size="small" className="mono" aria-label="Condition in KQL" contentBefore={<span className="muted">where</span>} placeholder={'ResultType != "0" and IPAddress startswith "203."'} value={filter}
            onChange={(_e, d) => setFilter(d.value)} onBlur={applyFilter}
          />
        </form>
        {columns.length > 0 && (
          <>
            <ColumnChooser columns={columns} hidden={hiddenOf(columns, shown)} onChange={chooseColumns} />
            {chosenColumns[table] && <Button size="small" appearance="subtle" onClick={() => choices.set(({ [table]: _mine, ...others }) => others)}>Usual columns</Button>}
          </>
        )}
        <Switch label="Follow" checked={follow} onChange={(_e, d) => setFollow(d.checked)} />
        <Button size="small" appearance="subtle" icon={<DeleteRegular />} onClick={tail.clear}>Clear</Button>
      </div>
      {tail.error && <MessageBar intent="error" className="inset"><MessageBarBody>{tail.error}</MessageBarBody></MessageBar>}
      {tail.rows && columns.length > 0 ? <TailGrid key={table + chosen.filter} rows={tail.rows} shown={shown} label={`Live rows of ${table}`} follow={follow} onFollow={setFollow} /> : <div className="result-empty muted">{table ? 'Waiting for rows…' : 'Choose a table.'}</div>}
      <footer className="statusbar" role="status">
        <span className={running ? 'live on' : 'live'}>{running ? 'Live' : 'Paused'}</span>
        {!running && <span className="tail-waiting">{waitingText(tail.waiting)} wait</span>}
        <span><strong>{count(tail.rows?.rows.length ?? 0)}</strong> rows shown</span>
        {(tail.rows?.dropped ?? 0) > 0 && <span>{count(tail.rows!.dropped)} older ones let go</span>}
        {running && <span>{short(tail.rate)} rows a second</span>}
        <span className="tail-hint muted">Enter or a double click shows a row’s details</span>
      </footer>
    </div>
  )
}

const waitingText = (n: number) => (n >= mostCounted ? `${count(mostCounted)} or more` : count(n))

function TableChoice({ names, value, onChange }: { names: { name: string; empty: boolean }[]; value: string; onChange: (name: string) => void }) {
  const [wanted, setWanted] = useState<string | undefined>(undefined)
  const needle = (wanted ?? '').toLowerCase()
  const found = names.filter((n) => (needle ? n.name.toLowerCase().includes(needle) : !n.empty)).slice(0, 50)
  return (
    <Combobox
      size="small" aria-label="Table" value={wanted ?? value} selectedOptions={[value]} onChange={(e) => setWanted(e.target.value)} onBlur={() => setWanted(undefined)}
      onOptionSelect={(_e, d) => { setWanted(undefined); if (d.optionValue) onChange(d.optionValue) }}
    >
      {found.map((n) => <Option key={n.name} value={n.name} text={n.name}>{n.name}</Option>)}
    </Combobox>
  )
}
