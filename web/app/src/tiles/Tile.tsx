import { Spinner, Tooltip } from '@fluentui/react-components'
import { ArrowSyncRegular, OpenRegular } from '@fluentui/react-icons'
import { useMemo, type ReactNode } from 'react'
import type { Answer, Render, Table } from '../api/query'
import { Chart } from '../charts/Chart'
import { renderText } from '../charts/render'
import { plainLink } from '../logs/link'
import { rangeOf } from '../logs/time'
import { Link } from '../parts/Link'
import { MiniTable } from './MiniTable'
import { useAnswer } from './useAnswer'
import './tiles.css'

export interface TileProps {
  title: string
  /** Without a query the tile says why instead. */
  query?: string
  why?: string
  timespan?: string
  /** Draws so whatever the query says; "" and absent leave it to the query. */
  visualization?: string
  round: number
  children?: (answer: Answer) => ReactNode
  /** Stands beside the title. */
  actions?: ReactNode
  className?: string
  /** What the board knows the tile by. */
  id?: string
  /** Stands in the corner at the bottom. */
  corner?: ReactNode
}

/** A query's answer on a board. Its title leads to the query in Logs. */
export function Tile({ title, query, why, timespan, visualization, round, children, actions, className, id, corner }: TileProps) {
  const { answer, error, busy } = useAnswer(query, timespan, round)
  const link = query && plainLink({ query: visualization && visualization !== 'table' && !/\|\s*render\b/.test(query) ? `${query}\n| ${renderText(chosen(visualization))}` : query, range: rangeOf(timespan), title, run: true })
  return (
    <section data-tile={id} className={'tile card ' + (className ?? '')} aria-label={title || 'Untitled'} aria-busy={busy}>
      <header>
        <h2>{title}</h2>
        {busy && answer && <ArrowSyncRegular className="tile-busy" aria-label="Loading" />}
        {actions}
        {link && (
          <Tooltip content="Open the query in Logs" relationship="label">
            <Link href={link} className="tile-link" aria-label={`Open the query of ${title || 'this tile'} in Logs`}><OpenRegular /></Link>
          </Tooltip>
        )}
      </header>
      <div className="tile-body">
        {!query && <p className="tile-note muted">{why}</p>}
        {query && error && <p className="tile-note error-text" role="alert">{error.message}</p>}
        {query && !error && !answer && <Spinner size="tiny" className="waiting" />}
        {query && !error && answer && (children ? children(answer) : <Drawn answer={answer} visualization={visualization} />)}
      </div>
      {corner}
    </section>
  )
}

function Drawn({ answer, visualization }: { answer: Answer; visualization?: string }) {
  const table = answer.tables[0]
  const render = useMemo<Render>(() => (visualization ? { ...answer.render, ...chosen(visualization, answer.render) } : answer.render), [answer, visualization])
  if (table.rows.length === 0) return <p className="tile-note muted">Nothing in this time.</p>
  if (!render.visualization || render.visualization === 'table') return <MiniTable table={table} />
  return <Drawing table={table} render={render} />
}

/** What a board chooses for a query: its bars are stacked, as boards have little room, unless the query says how they stand. */
const chosen = (visualization: string, said?: Render): Render => ({ visualization, kind: said?.kind ?? (/^(bar|column)chart$/.test(visualization) ? 'stacked' : null) })

const Drawing = ({ table, render }: { table: Table; render: Render }) => <Chart table={table} render={render} />
