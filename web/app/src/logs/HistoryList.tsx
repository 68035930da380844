import { Button } from '@fluentui/react-components'
import { PinFilled, PinRegular } from '@fluentui/react-icons'
import { ago, span } from '../parts/numbers'
import { useStore } from '../parts/store'
import { clearHistory, history, pin, type Past } from './history'
import type { SidePanelProps } from './SidePanel'

/** What was run before, the pinned first. */
export function HistoryList({ wanted, onOpen }: Pick<SidePanelProps, 'onOpen'> & { wanted: string }) {
  const all = useStore(history)
  const found = all.filter((p) => !wanted || p.query.toLowerCase().includes(wanted) || p.error?.toLowerCase().includes(wanted))
  if (found.length === 0) return <p className="muted side-note">{all.length === 0 ? 'What you run appears here, in this browser only.' : 'Nothing like that was run.'}</p>
  return (
    <ul className="history">
      {[...found.filter((p) => p.pinned), ...found.filter((p) => !p.pinned)].map((p) => <Entry key={p.query} past={p} onOpen={onOpen} />)}
      <li><Button size="small" appearance="transparent" onClick={clearHistory}>Clear history</Button></li>
    </ul>
  )
}

function Entry({ past, onOpen }: { past: Past } & Pick<SidePanelProps, 'onOpen'>) {
  return (
    <li>
      <button type="button" title={past.query} onClick={() => onOpen(past.query, undefined, past.timespan ?? null)}>
        <code>{past.query.slice(0, 160)}</code>
        {past.error && <span className="error-text history-error">{past.error}</span>}
        <span className="muted">{ago(past.at)} · {past.outcome} · {span(past.seconds)}</span>
      </button>
      <Button
        className="history-pin" size="small" appearance="transparent" aria-pressed={!!past.pinned} aria-label={past.pinned ? 'Do not pin' : 'Pin'} title={past.pinned ? 'Do not pin' : 'Pin to the top'}
        icon={past.pinned ? <PinFilled /> : <PinRegular />} onClick={() => pin(past)}
      />
    </li>
  )
}
