import { Button, MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components'
import { PauseRegular, PlayRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { Confirm } from '../parts/Confirm'
import { ago, bytes, count, perSecond, short } from '../parts/numbers'
import { useLook } from '../parts/useLook'
import { FlowCard, type Fact } from './FlowCard'
import { listSources, setRunning, type SourceStatus } from './flows'
import { stamp } from './TableList'

/** The ways in, with their state. */
export function SourceList() {
  const { value: list, error, again } = useLook(listSources, 5000)
  const [pausing, setPausing] = useState<SourceStatus | undefined>(undefined)
  const [failed, setFailed] = useState('')
  if (!list) return error ? <MessageBar intent="error"><MessageBarBody>{error}</MessageBarBody></MessageBar> : <Spinner size="small" />
  const resume = (s: SourceStatus) => {
    setFailed('')
    setRunning('sources', s.name, true).then(again, (e: Error) => setFailed(e.message))
  }
  return (
    <>
      {(failed || error) && <MessageBar intent="error"><MessageBarBody>{failed || error}</MessageBarBody></MessageBar>}
      {list.length === 0 && <p className="muted">No source is open.</p>}
      <ul className="flows" aria-label="Sources">
        {list.map((s) => (
          <FlowCard
            key={s.name} name={s.name} kind={s.kind} where={s.listens.join(', ')} state={s.state} facts={factsOf(s)} error={s.lastError}
            actions={s.state === 'paused'
              ? <Button size="small" appearance="primary" icon={<PlayRegular />} aria-label={`Resume ${s.name}`} onClick={() => resume(s)}>Resume</Button>
              : <Button size="small" icon={<PauseRegular />} aria-label={`Pause ${s.name}`} onClick={() => setPausing(s)}>Pause…</Button>}
          />
        ))}
      </ul>
      {pausing && (
        <Confirm title={`Pause ${pausing.name}?`} act="Pause" onAct={async () => { await setRunning('sources', pausing.name, false); again() }} onClose={() => setPausing(undefined)}>
          <p>{pausing.kind === 'http'
            ? 'Senders are answered 503 with Retry-After until it goes on. Those that try again lose nothing.'
            : 'Nothing is read until it goes on. TCP and TLS senders wait; what is sent over UDP meanwhile is lost.'}</p>
          <p>It stays paused when the server starts again.</p>
        </Confirm>
      )}
    </>
  )
}

function factsOf(s: SourceStatus): Fact[] {
  return [
    { name: 'Messages', value: perSecond(s.messagesPerSecond), title: 'Over the last minute' },
    { name: 'Bytes', value: `${bytes(s.bytesPerSecond)}/s`, title: 'Over the last minute' },
    { name: 'Latest', value: ago(s.latest), title: `${stamp(s.latest)} UTC` },
    { name: 'Connections', value: count(s.connections) },
    { name: 'Since start', value: `${short(s.messages)} messages, ${bytes(s.bytes)}`, title: `${count(s.messages)} messages, ${count(s.bytes)} bytes` },
    ...(s.dropped === undefined ? [] : [{ name: 'Dropped', value: s.dropped > 0 ? <strong className="error-text">{count(s.dropped)}</strong> : '0', title: 'Datagrams that the kernel threw away because they came faster than they were read' }]),
    { name: 'Workspace', value: s.workspace || 'by the sender' },
  ]
}
