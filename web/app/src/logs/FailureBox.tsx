import { Button } from '@fluentui/react-components'
import { ErrorCircleFilled } from '@fluentui/react-icons'
import type { Failure } from './run'

/** Says what is wrong, and shows the line with a caret below the place. */
export function FailureBox({ failure, query, onPlace }: { failure: Failure; query: string; onPlace: (offset: number) => void }) {
  const { start, end } = failure
  return (
    <div className="failure" role="alert">
      <h3><ErrorCircleFilled aria-hidden /> {failure.title}</h3>
      <p>{failure.message}</p>
      {start !== undefined && <Snippet query={query} start={start} end={end ?? start + 1} />}
      <p className="muted failure-foot">
        {failure.code && <span>Code {failure.code}</span>}
        {failure.correlationId && <span>Request {failure.correlationId}</span>}
        {start !== undefined && <Button size="small" onClick={() => onPlace(start)}>Go to the place</Button>}
      </p>
    </div>
  )
}

function Snippet({ query, start, end }: { query: string; start: number; end: number }) {
  const from = query.lastIndexOf('\n', start - 1) + 1
  const to = query.indexOf('\n', start)
  const line = query.slice(from, to < 0 ? undefined : to)
  const number = query.slice(0, from).split('\n').length
  const length = Math.max(1, Math.min(end, from + line.length) - start)
  return (
    <pre className="snippet" aria-label={`Line ${number}`}>
      <span className="muted">{String(number).padStart(3)} │ </span>{line}{'\n'}
      <span className="muted">{'    │ '}</span>{' '.repeat(start - from)}<span className="error-text">{'^'.repeat(length)}</span>
    </pre>
  )
}
