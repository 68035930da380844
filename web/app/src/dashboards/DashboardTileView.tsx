import { Tile } from '../tiles/Tile'
import { filled, missing, textFilled, type Fillings } from './fill'
import { Markdown } from './Markdown'
import type { Dashboard, DashboardTile, Height, Width } from './model'
import { timespanFor } from './timespan'
import { TileCorner, TileTools } from './TileTools'

interface DashboardTileViewProps {
  tile: DashboardTile
  dashboard: Dashboard
  fillings: Fillings
  /** The instant to which relative times count. */
  now: number
  round: number
  editing: boolean
  name: string
  onMove: (by: number) => void
  onMoveTo: (id: string) => void
  onSize: (width: Width, height: Height) => void
  onEdit: () => void
  onRemove: () => void
}

/** One tile of a dashboard: a query's answer, or a text. */
export function DashboardTileView({ tile: t, dashboard, fillings, now, round, editing, name, onSize, ...tools }: DashboardTileViewProps) {
  const className = `w${t.width} h${t.height}`
  const actions = editing && <TileTools tile={t} name={name} {...tools} />
  const corner = editing && <TileCorner tile={t} name={name} onSize={onSize} />
  if (t.text !== undefined) {
    return (
      <section data-tile={t.id} className={`tile text-tile ${editing ? 'card ' : ''}${className}`} aria-label={name}>
        {actions && <div className="text-tools">{actions}</div>}
        <div className="text-body"><Markdown text={textFilled(t.text, fillings, now)} /></div>
        {corner}
      </section>
    )
  }
  const wanting = missing(t.query, dashboard.parameters, fillings)
  return (
    <Tile
      id={t.id} title={textFilled(t.title, fillings, now)} query={wanting.length > 0 ? undefined : filled(t.query, fillings, now)} why={`Choose ${wanting.join(' and ')}.`}
      timespan={timespanFor(t, dashboard, fillings)} visualization={t.visualization} round={round} className={className} actions={actions} corner={corner}
    />
  )
}
