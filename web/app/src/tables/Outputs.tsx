import { Badge, Button, MessageBar, MessageBarBody, ProgressBar, Spinner, Tooltip } from '@fluentui/react-components'
import { DeleteRegular, DismissRegular, HistoryRegular, PauseRegular, PlayRegular, WarningFilled } from '@fluentui/react-icons'
import { useState } from 'react'
import { plainLink } from '../logs/link'
import { Confirm } from '../parts/Confirm'
import { Link } from '../parts/Link'
import { ago, count, perSecond, short, span } from '../parts/numbers'
import { useLook } from '../parts/useLook'
import { FlowCard, type Fact } from './FlowCard'
import { endReplay, forgetOutput, listOutputs, setRunning, waits, type LeftOutput, type OutputStatus, type ReplayStatus } from './flows'
import { ReplayDialog } from './ReplayDialog'
import { stamp } from './TableList'

/** The ways out, with their state. */
export function Outputs() {
  const { value, error, again } = useLook(listOutputs, 3000)
  const [pausing, setPausing] = useState<OutputStatus | undefined>(undefined)
  const [replaying, setReplaying] = useState<OutputStatus | undefined>(undefined)
  const [ending, setEnding] = useState<{ output: string; replay: ReplayStatus } | undefined>(undefined)
  const [failed, setFailed] = useState('')
  const [forgetting, setForgetting] = useState<LeftOutput | undefined>(undefined)
  if (!value) return error ? <MessageBar intent="error"><MessageBarBody>{error}</MessageBarBody></MessageBar> : <Spinner size="small" />
  const { outputs: list, unconfigured } = value
  if (list.length === 0 && unconfigured.length === 0) return <p className="muted">No output is configured. The key outputs of the configuration file sends rows to Splunk, syslog receivers, Elasticsearch, HTTP endpoints and files.</p>
  const attempt = (work: Promise<void>) => {
    setFailed('')
    work.then(again, (e: Error) => setFailed(e.message))
  }
  return (
    <>
      {(failed || error) && <MessageBar intent="error"><MessageBarBody>{failed || error}</MessageBarBody></MessageBar>}
      <ul className="flows" aria-label="Outputs">
        {list.map((o) => (
          <FlowCard
            key={o.name} name={o.name} kind={o.kind} where={o.to} state={o.state} facts={factsOf(o)} error={o.lastError}
            actions={
              <>
                {o.state === 'paused'
                  ? <Button size="small" appearance="primary" icon={<PlayRegular />} aria-label={`Resume ${o.name}`} onClick={() => attempt(setRunning('outputs', o.name, true))}>Resume</Button>
                  : <Button size="small" icon={<PauseRegular />} aria-label={`Pause ${o.name}`} onClick={() => setPausing(o)}>Pause…</Button>}
                <Button size="small" icon={<HistoryRegular />} aria-label={`Replay ${o.name}`} onClick={() => setReplaying(o)}>Replay…</Button>
              </>
            }
          >
            {o.waiting && o.waiting.overdue > 0 && <p className="flow-error" role="status"><WarningFilled aria-hidden /> <span>{count(o.waiting.overdue)} rows are kept past their retention because this output is paused.</span></p>}
            {o.replays.map((r) => (
              <Replay key={r.id} replay={r} onEnd={() => (r.state === 'running' || r.state === 'paused' ? setEnding({ output: o.name, replay: r }) : attempt(endReplay(o.name, r.id)))} />
            ))}
          </FlowCard>
        ))}
        {unconfigured.map((o) => (
          <li key={o.name} className="card flow">
            <header>
              <h3>{o.name}</h3>
              <Badge appearance="tint" color="warning">Not configured any more</Badge>
              <span className="grow" />
              <Button size="small" icon={<DeleteRegular />} aria-label={`Forget ${o.name}`} onClick={() => setForgetting(o)}>Forget…</Button>
            </header>
            <p className="muted flow-note">The configuration has no output of this name. Where it stopped is kept, so that it goes on there if it comes back.</p>
          </li>
        ))}
      </ul>
      {forgetting && (
        <Confirm title={`Forget ${forgetting.name}?`} act="Forget" onAct={async () => { await forgetOutput(forgetting.name); again() }} onClose={() => setForgetting(undefined)}>
          <p>An output of this name that is configured later begins anew; what was not sent is not sent then. Events that were rejected stay in their file.</p>
        </Confirm>
      )}
      {pausing && (
        <Confirm title={`Pause ${pausing.name}?`} act="Pause" onAct={async () => { await setRunning('outputs', pausing.name, false); again() }} onClose={() => setPausing(undefined)}>
          <p>What is under way is finished; then nothing more is sent to {pausing.to} until it goes on. Rows wait in the store, and retention keeps them as long as the output has not passed them.</p>
          <p>It stays paused when the server starts again.</p>
        </Confirm>
      )}
      {ending && (
        <Confirm title="Cancel the replay?" act="Cancel the replay" onAct={async () => { await endReplay(ending.output, ending.replay.id); again() }} onClose={() => setEnding(undefined)}>
          <p>{count(ending.replay.delivered)} events of the window were sent again; the others are not.</p>
        </Confirm>
      )}
      {replaying && <ReplayDialog output={replaying} onDone={again} onClose={() => setReplaying(undefined)} />}
    </>
  )
}

function factsOf(o: OutputStatus): Fact[] {
  const oldest = o.waiting?.oldest ?? o.oldest
  const behind = oldest ? span(Math.max(0, (Date.now() - Date.parse(oldest)) / 1000)) : ''
  const waiting = o.waiting ? (o.waiting.events === 0 ? 'nothing' : `${count(o.waiting.events)}${behind && `, ${behind}`}`) : behind ? `${behind} behind` : waits(o) ? 'a little' : 'nothing'
  return [
    ...(o.pausedSince ? [{ name: 'Paused', value: o.busy ? 'finishing…' : ago(o.pausedSince), title: `since ${stamp(o.pausedSince)} UTC` }] : []),
    { name: 'Sending', value: perSecond(o.eventsPerSecond), title: 'Events over the last minute' },
    { name: 'Waiting', value: waiting, title: oldest ? `The oldest that waits was received at ${stamp(oldest)} UTC` : undefined },
    { name: 'Delivered', value: short(o.delivered), title: count(o.delivered) },
    { name: 'Rejected', value: <Rejected output={o} /> },
    { name: 'Sent again', value: short(o.retried), title: 'Events sent again after a failure' },
    { name: 'Failures in a row', value: count(o.failures) },
    { name: 'Rows', value: !o.query ? 'every table' : <Link href={plainLink({ query: o.query, range: { kind: 'last', duration: 'P1D' }, title: `Rows for ${o.name}`, run: true })}>Its query</Link>, title: o.query },
  ]
}

/** How many were refused for good, and where they are kept with the reasons, below the data directory. */
function Rejected({ output: o }: { output: OutputStatus }) {
  if (o.rejected === 0) return <>0</>
  return <><strong className="error-text">{count(o.rejected)}</strong> <span className="muted small-text">in forward/{o.name}/rejected.ndjson</span></>
}

function Replay({ replay: r, onEnd }: { replay: ReplayStatus; onEnd: () => void }) {
  const going = r.state === 'running' || r.state === 'paused'
  const label = `Replay of ${stamp(r.from)} to ${stamp(r.to)}`
  return (
    <div className="replay">
      <div className="replay-line">
        <HistoryRegular aria-hidden />
        <span>{label} UTC</span>
        <strong>{r.state === 'running' ? `${Math.floor(r.progress * 100)} %` : r.state}</strong>
        <span className="muted">{count(r.delivered)} sent{r.rejected > 0 ? `, ${count(r.rejected)} rejected` : ''}{r.retried > 0 ? `, ${count(r.retried)} sent again` : ''}</span>
        <span className="grow" />
        <Tooltip content={going ? 'Cancel' : 'Take off the list'} relationship="label"><Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`${going ? 'Cancel' : 'Forget'}: ${label}`} onClick={onEnd} /></Tooltip>
      </div>
      {going && <ProgressBar value={r.progress} color={r.state === 'paused' ? 'warning' : 'brand'} aria-label={label} />}
      {r.note && <p className="muted flow-note">{r.note}</p>}
      {r.lastError && <p className="flow-error"><span><strong>Last error{r.failures > 0 ? ` (${count(r.failures)} in a row)` : ''}:</strong> {r.lastError}</span></p>}
    </div>
  )
}

