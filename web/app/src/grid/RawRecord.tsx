import { Button, MessageBar, MessageBarBody, MessageBarTitle, Spinner, ToggleButton, Tooltip } from '@fluentui/react-components'
import { ArrowDownloadRegular, CopyRegular } from '@fluentui/react-icons'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { ApiError, ConnectionError, isAbort } from '../api/http'
import type { RowId } from '../api/query'
import { loadBytes, loadRecord, type RawRecord as Received } from '../api/record'
import { workspace } from '../api/session'
import { download } from '../parts/download'
import { bytes, count } from '../parts/numbers'
import { pretty } from './pretty'
import './raw.css'

/** Letters that are shown at most; a browser takes long to lay out more. */
const mostShown = 200_000

interface State {
  /** What came last; it stays in sight until the next has come. */
  record?: Received
  error?: unknown
  loading: boolean
}

/** What was received behind a row, byte for byte, and where it came from. */
export function RawRecord({ seq }: { seq: RowId }) {
  const [frame, setFrame] = useState(false)
  const [asReceived, setAsReceived] = useState(false)
  const [turn, setTurn] = useState(0)
  const [{ record, error, loading }, setState] = useState<State>({ loading: true })
  useEffect(() => {
    if (seq === null) return
    const control = new AbortController()
    setState((s) => ({ ...s, loading: true }))
    loadRecord(workspace.get(), seq, frame, control.signal).then(
      (r) => setState({ record: r, loading: false }),
      (e: unknown) => !isAbort(e) && setState({ error: e, loading: false }),
    )
    return () => control.abort()
  }, [seq, frame, turn])
  if (seq === null) {
    return <p className="muted">This row has no raw record of its own: it was not made of one row of a table. Rows of <code>summarize</code>, <code>distinct</code>, <code>count</code> and <code>join</code> are made of many, those of <code>print</code> and <code>datatable</code> of none.</p>
  }
  if (error !== undefined) return <Failed error={error} onRetry={() => setTurn(turn + 1)} />
  if (!record) return <Spinner size="tiny" label="Reading the journal…" labelPosition="after" className="raw-wait" />
  return <Shown record={record} seq={seq} busy={loading} frame={frame} onFrame={setFrame} asReceived={asReceived} onAsReceived={setAsReceived} />
}

/** What an error means to somebody who looks for evidence. */
export function explain(error: unknown): { title: string; message: string; retry: boolean } {
  if (error instanceof ConnectionError) return { title: 'The server does not answer', message: 'Try again when it does.', retry: true }
  if (!(error instanceof ApiError)) return { title: 'The raw record could not be read', message: error instanceof Error ? error.message : String(error), retry: true }
  switch (error.code) {
    case 'RecordReleased':
      return { title: 'The raw record is gone', message: error.message, retry: false }
    case 'RecordDamaged':
      return { title: 'The raw record is damaged', message: error.message, retry: false }
    case 'RecordNotFound':
      return { title: 'There is no such record', message: error.message, retry: false }
  }
  if (error.status === 401) return { title: 'Your session has ended', message: 'Sign in again, then try again.', retry: true }
  return { title: 'The raw record could not be read', message: error.message, retry: true }
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { title, message, retry } = explain(error)
  return (
    <div role="alert">
      <MessageBar intent={retry ? 'error' : 'warning'} layout="multiline">
        <MessageBarBody><MessageBarTitle>{title}</MessageBarTitle>{message}</MessageBarBody>
      </MessageBar>
      {retry && <Button size="small" className="raw-retry" onClick={onRetry}>Try again</Button>}
    </div>
  )
}

interface ShownProps {
  record: Received
  seq: RowId
  /** Another record is on its way. */
  busy: boolean
  frame: boolean
  onFrame: (f: boolean) => void
  asReceived: boolean
  onAsReceived: (a: boolean) => void
}

function Shown({ record, seq, busy, frame, onFrame, asReceived, onAsReceived }: ShownProps) {
  const [failed, setFailed] = useState<string | undefined>(undefined)
  const received = record.text ?? record.base64 ?? ''
  const indented = useMemo(() => (record.text === undefined || record.truncated ? undefined : pretty(record.text)), [record])
  const text = asReceived ? received : (indented ?? received)
  const save = () => {
    setFailed(undefined)
    loadBytes(workspace.get(), seq, frame).then(({ name, content }) => download(name, content), (e: unknown) => setFailed(explain(e).message))
  }
  return (
    <>
      {record.reason && !frame && (
        <MessageBar intent="info" layout="multiline" className="raw-note">
          <MessageBarBody><MessageBarTitle>This is the whole frame</MessageBarTitle>The row’s own record cannot be told apart: {record.reason}.</MessageBarBody>
        </MessageBar>
      )}
      {record.part === 'record' && !record.held && (
        <MessageBar intent="info" layout="multiline" className="raw-note"><MessageBarBody>Retention has taken the row from its table; the journal still has its record.</MessageBarBody></MessageBar>
      )}
      <dl className="raw-facts">
        <Fact name="Received">{record.received.replace('T', ' ').replace('Z', '')} UTC</Fact>
        <Fact name="Origin">{record.origin.system}{record.origin.first !== undefined && `, ${record.origin.first} to ${record.origin.last}`}</Fact>
        <Fact name="Came as">{[record.contentType || 'no content type', record.encoding && record.encoding !== 'identity' ? record.encoding : '', `frame ${count(record.frame)}`, `ordinal ${count(record.ordinal)}`].filter(Boolean).join(', ')}</Fact>
        <Fact name="Size">{record.part === 'record' ? `${bytes(record.bytes)} at byte ${count(record.offset)} of ${bytes(record.frameBytes)}` : bytes(record.bytes)}</Fact>
        <Fact name="SHA-256"><code title={record.sha256}>{record.sha256}</code></Fact>
      </dl>
      <div className="raw-bar">
        {indented !== undefined && <ToggleButton size="small" checked={asReceived} onClick={() => onAsReceived(!asReceived)}>As received</ToggleButton>}
        <ToggleButton size="small" checked={frame} onClick={() => onFrame(!frame)}>Whole frame</ToggleButton>
        <span className="grow" />
        <Tooltip content="Copy the raw record" relationship="label"><Button size="small" appearance="subtle" icon={<CopyRegular />} disabled={busy || record.truncated} onClick={() => void navigator.clipboard?.writeText(text)} /></Tooltip>
        <Tooltip content="Download the raw record" relationship="label"><Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />} disabled={busy} onClick={save} /></Tooltip>
      </div>
      {failed && <p role="alert">{failed}</p>}
      {record.base64 !== undefined && <p className="muted">This is no text; it is shown in base64. Download gives the bytes.</p>}
      {(record.truncated || text.length > mostShown) && <p className="muted">Here is the beginning; Download gives all {bytes(record.bytes)}.</p>}
      <pre className="raw" aria-busy={busy} data-testid="raw-record">{text.slice(0, mostShown)}</pre>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
