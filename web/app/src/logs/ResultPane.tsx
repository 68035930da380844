import { Spinner, Tab, TabList, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import { useEffect, useMemo, useState } from 'react'
import type { Render } from '../api/query'
import { schema } from '../api/schema'
import { workspace } from '../api/session'
import { ChartPanel } from '../charts/ChartPanel'
import { ResultGrid, type OnCondition } from '../grid/ResultGrid'
import { bytes, count, span } from '../parts/numbers'
import { FailureBox } from './FailureBox'
import { firstColumns } from './raw'
import type { Run } from './run'

interface ResultPaneProps {
  run: Run
  title: string
  onCondition: OnCondition
  /** Asks the query again for that time. */
  onTime: (from: string, to: string) => void
  /** Puts a chart into the query that was run. */
  onRender: (query: string, render: Render) => void
  onPlace: (offset: number) => void
}

/** What became of a query: rows and chart, why there are none, or how long it has been running. */
export function ResultPane({ run, title, onCondition, onTime, onRender, onPlace }: ResultPaneProps) {
  switch (run.state) {
    case 'idle':
      return <div className="result-empty muted"><span>Run a query to see its rows here. Press <kbd>Shift</kbd><kbd>Enter</kbd> in the editor.</span></div>
    case 'running':
      return <Running since={run.since} />
    case 'cancelled':
      return <div className="result-empty muted" role="status">Cancelled after {span(run.seconds)}.</div>
    case 'failed':
      return <FailureBox failure={run.failure} query={run.query} onPlace={onPlace} />
    case 'done':
      return <Done key={run.number} run={run} title={title} onCondition={onCondition} onTime={onTime} onRender={onRender} />
  }
}

function Running({ since }: { since: number }) {
  const [now, setNow] = useState(performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="result-empty" role="status">
      <Spinner size="small" label={`Running… ${((now - since) / 1000).toFixed(1)} s`} />
      <span className="muted" style={{ fontSize: 12 }}><kbd>Esc</kbd> cancels</span>
    </div>
  )
}

function Done({ run, title, onCondition, onTime, onRender }: { run: Extract<Run, { state: 'done' }> } & Pick<ResultPaneProps, 'title' | 'onCondition' | 'onTime' | 'onRender'>) {
  const { answer, seconds } = run
  const drawn = answer.render.visualization !== null && answer.render.visualization !== 'table'
  const [shown, setShown] = useState<'rows' | 'chart'>(drawn ? 'chart' : 'rows')
  const [which, setWhich] = useState(0)
  const table = answer.tables[which] ?? answer.tables[0]
  const main = useMemo(() => firstColumns(run.query, schema.get()?.Databases[workspace.get()]?.Tables ?? {}, table.columns, table.rows), [run.query, table])
  const pick = (
    <>
      <TabList size="small" selectedValue={shown} onTabSelect={(_e, d) => setShown(d.value as 'rows' | 'chart')}>
        <Tab value="rows">Rows</Tab>
        <Tab value="chart">Chart</Tab>
      </TabList>
      {answer.tables.length > 1 && (
        <select className="table-pick" aria-label="Result" value={which} onChange={(e) => setWhich(Number(e.target.value))}>
          {answer.tables.map((t, i) => <option key={i} value={i}>{t.name} ({count(t.rows.length)})</option>)}
        </select>
      )}
    </>
  )
  return (
    <div className="result-done">
      {answer.partial && (
        <MessageBar intent="warning" layout="multiline" className="inset">
          <MessageBarBody><MessageBarTitle>Not all rows are here</MessageBarTitle>{answer.partial}</MessageBarBody>
        </MessageBar>
      )}
      {shown === 'rows' && <ResultGrid key={which} table={table} title={title} main={main} onCondition={onCondition}>{pick}</ResultGrid>}
      {shown === 'chart' && (
        <ChartPanel
          key={which} table={table} render={answer.render} title={title} rows={<ResultGrid table={table} title={title} main={main} onCondition={onCondition} />} onCondition={onCondition} onTime={onTime}
          onRender={(r) => onRender(run.query, r)}
        >
          {pick}
        </ChartPanel>
      )}
      <footer className="statusbar" role="status">
        <span><strong>{count(table.rows.length)}</strong> {table.rows.length === 1 ? 'row' : 'rows'}</span>
        <span title="From asking until the rows were here">{span(seconds)}</span>
        <span title="What the server took">server {span(answer.serverSeconds)}</span>
        <span title="Rows and bytes held in the tables that were read">scanned {count(answer.scannedRows)} rows{answer.scannedBytes > 0 ? `, ${bytes(answer.scannedBytes)}` : ''}</span>
        <span className="wide-only">received {bytes(answer.size)}</span>
      </footer>
    </div>
  )
}
