import { Button, Tooltip } from '@fluentui/react-components'
import { ArrowLeftRegular, ArrowRightRegular, DeleteRegular, EditRegular, ReOrderDotsVerticalRegular } from '@fluentui/react-icons'
import type { DashboardTile } from './model'

interface TileToolsProps {
  tile: DashboardTile
  onMove: (by: number) => void
  /** Another tile was dropped here. */
  onDropOf: (id: string) => void
  onEdit: () => void
  onRemove: () => void
}

const kind = 'application/x-lazuli-tile'

/** Moves, changes and removes a tile, by mouse or keyboard. */
export function TileTools({ tile, onMove, onDropOf, onEdit, onRemove }: TileToolsProps) {
  const tool = (text: string, icon: React.ReactElement, act: () => void) => (
    <Tooltip content={text} relationship="label"><Button size="small" appearance="subtle" icon={icon} onClick={act} /></Tooltip>
  )
  return (
    <span
      className="tile-tools" onDragOver={(e) => e.dataTransfer.types.includes(kind) && e.preventDefault()}
      onDrop={(e) => { e.preventDefault(); onDropOf(e.dataTransfer.getData(kind)) }}
    >
      <span className="tile-grip" draggable aria-hidden onDragStart={(e) => e.dataTransfer.setData(kind, tile.id)}><ReOrderDotsVerticalRegular /></span>
      {tool('Move forward', <ArrowLeftRegular />, () => onMove(-1))}
      {tool('Move back', <ArrowRightRegular />, () => onMove(1))}
      {tool('Change', <EditRegular />, onEdit)}
      {tool('Remove', <DeleteRegular />, onRemove)}
    </span>
  )
}
