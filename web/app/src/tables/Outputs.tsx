import { Button, MessageBar, MessageBarBody, ProgressBar, Spinner, Tooltip } from '@fluentui/react-components'
import { DismissRegular, HistoryRegular, PauseRegular, PlayRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { plainLink } from '../logs/link'
import { Confirm } from '../parts/Confirm'
import { Link } from '../parts/Link'
import { count, perSecond, short, span } from '../parts/numbers'
import { useLook } from '../parts/useLook'
import { FlowCard, type Fact } from './FlowCard'
import { endReplay, listOutputs, setRunning, waits, type OutputStatus, type ReplayStatus } from './flows'
import { ReplayDialog } from './ReplayDialog'
import { stamp } from './TableList'

/** The ways out, with their state. */
export function Outputs() {
  const { value: list, error, again } = useLook(listOutputs, 3000)
  const [pausing, setPausing] = useState<OutputStatus | undefined>(undefined)
  const [replaying, setReplaying] = useState<OutputStatus | undefined>(undefined)
  const [ending, setEnding] = useState<{ output: string; replay: ReplayStatus } | undefined>(undefined)
  const [failed, setFailed] = useState('')
  if (!list) return error ? <MessageBar intent="error"><MessageBarBody>{error}</MessageBarBody></MessageBar> : <Spinner size="small" />
  if (list.length === 0) return <p className="muted">No output is configured. The key outputs of the configuration file sends rows to Splunk, syslog receivers, Elasticsearch, HTTP endpoints and files.</p>
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
            {o.replays?.map((r) => (
              <Replay key={r.id} replay={r} onEnd={() => (r.state === 'running' || r.state === 'paused' ? setEnding({ output: o.name, replay: r }) : attempt(endReplay(o.name, r.id)))} />
            ))}
          </FlowCard>
        ))}
      </ul>
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
  const behind = o.oldest ? (Date.now() - Date.parse(o.oldest)) / 1000 : 0
  return [
    { name: 'Sending', value: perSecond(o.eventsPerSecond), title: 'Events over the last minute' },
    { name: 'Waiting', value: o.oldest ? `${span(Math.max(0, behind))} behind` : waits(o) ? 'a little' : 'nothing', title: o.oldest ? `The oldest that waits was received at ${stamp(o.oldest)} UTC` : undefined },
    { name: 'Delivered', value: short(o.delivered), title: count(o.delivered) },
    { name: 'Rejected', value: <Rejected output={o} /> },
    { name: 'Sent again', value: short(o.retried), title: 'Events sent again after a failure' },
    { name: 'Failures in a row', value: count(o.failures) },
    { name: 'Rows', value: <Link href={plainLink({ query: o.query, range: { kind: 'last', duration: 'P1D' }, title: `Rows for ${o.name}`, run: true })}>Its query</Link>, title: o.query },
  ]
}

/** How many were refused for good, and the way to them. */
function Rejected({ output: o }: { output: OutputStatus }) {
  if (o.rejected === 0) return <>0</>
  return <strong className="error-text">{count(o.rejected)}</strong>
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
      {r.lastError && <p className="flow-error"><span><strong>Last error{r.failures > 0 ? ` (${count(r.failures)} in a row)` : ''}:</strong> {r.lastError}</span></p>}
    </div>
  )
}

