import { Field, Input } from '@fluentui/react-components'
import { useState } from 'react'
import { Confirm } from '../parts/Confirm'
import { startReplay, type OutputStatus } from './flows'

const local = (ms: number) => new Date(ms).toISOString().slice(0, 16)

const spans: [string, number][] = [['Last hour', 3600e3], ['Last 24 hours', 86400e3], ['Last 7 days', 7 * 86400e3]]

/** Chooses the window of time that an output sends again. */
export function ReplayDialog({ output, onDone, onClose }: { output: OutputStatus; onDone: () => void; onClose: () => void }) {
  const [now] = useState(() => Date.now())
  const [from, setFrom] = useState(local(now - 3600e3))
  const [to, setTo] = useState(local(now))
  const valid = from !== '' && to !== '' && from < to
  const act = async () => {
    await startReplay(output.name, `${from}:00Z`, `${to}:00Z`)
    onDone()
  }
  return (
    <Confirm title={`Replay ${output.name}`} act="Send again" disabled={!valid} onAct={act} onClose={onClose}>
      <p>Rows whose TimeGenerated is in this window are sent to {output.to} again, beside what is new. Each event has the identifier that it had the first time, so that the receiver can tell.</p>
      <div className="replay-spans">
        {spans.map(([name, ms]) => <button type="button" key={name} onClick={() => { setFrom(local(now - ms)); setTo(local(now)) }}>{name}</button>)}
      </div>
      <div className="row">
        <Field label="From (UTC)"><Input type="datetime-local" value={from} onChange={(_e, d) => setFrom(d.value)} /></Field>
        <Field label="to (UTC)" validationMessage={from && to && !valid ? 'Must be later' : undefined}><Input type="datetime-local" value={to} onChange={(_e, d) => setTo(d.value)} /></Field>
      </div>
    </Confirm>
  )
}
