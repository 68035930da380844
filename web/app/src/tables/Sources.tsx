import { MessageBar, MessageBarBody, MessageBarTitle, Spinner } from '@fluentui/react-components'
import { isAdmin, session } from '../api/session'
import { TimePicker } from '../logs/TimePicker'
import type { TimeRange } from '../logs/time'
import { SourcesTile } from '../overview/SourcesTile'
import { createKeptStore, useStore } from '../parts/store'
import { Outputs } from './Outputs'
import { SourceList } from './SourceList'
import { useStates } from './useStates'

const range = createKeptStore<TimeRange>('lazuli.sourcesRange', { kind: 'last', duration: 'P7D' })

/** Where rows come from and where they are sent to: the page from which both are run. */
export function Sources() {
  const { states, error, at } = useStates(10_000)
  const chosen = useStore(range)
  if (!states) return error ? <MessageBar intent="error"><MessageBarBody>{error.message}</MessageBarBody></MessageBar> : <Spinner label="Looking at the sources…" />
  return (
    <>
      {!isAdmin() && <ForAdministrators />}
      {isAdmin() && <><h2 className="section first">Sources</h2><SourceList /></>}
      <div className="page-head section"><h2>What they brought</h2><span className="grow" /><TimePicker range={chosen} allowQuery={false} onChange={(r) => range.set(r)} /></div>
      <div className="board">
        <SourcesTile title="By source and table" tables={states.map((t) => t.name)} range={chosen} round={Math.floor(at / 30_000)} />
      </div>
      {isAdmin() && <><h2 className="section">Outputs</h2><Outputs /></>}
    </>
  )
}

function ForAdministrators() {
  const who = useStore(session)
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>Sources and outputs are run by administrators</MessageBarTitle>
        Their state and controls need a token with the scope admin; the one you signed in with has {who?.scopes.join(' and ') || 'no scope'}. What arrived is below.
      </MessageBarBody>
    </MessageBar>
  )
}
