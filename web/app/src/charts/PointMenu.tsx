import { Menu, MenuDivider, MenuGroupHeader, MenuItem, MenuList, MenuPopover } from '@fluentui/react-components'
import type { Column, Table, Value } from '../api/query'
import { textOf } from '../grid/format'
import type { Facts } from './frame'
import { instantOf, nameOf } from './shape'
import { shortened, timeText } from './values'

export interface Picked {
  row: number
  place: { x: number; y: number }
}

interface PointMenuProps {
  table: Table
  facts: Facts
  picked: Picked
  onClose: () => void
  onCondition: (column: Column, value: Value, not: boolean) => void
  onTime: (from: string, to: string) => void
}

/** What can be done with a point: ask for its time, or for its names alone or for all but them. */
export function PointMenu({ table, facts, picked, onClose, onCondition, onTime }: PointMenuProps) {
  const row = table.rows[picked.row]
  const target = { getBoundingClientRect: () => new DOMRect(picked.place.x, picked.place.y, 0, 0) }
  const { x, series } = facts.columns
  const instant = facts.x === 'time' ? instantOf(row[x]) : null
  const end = instant !== null && facts.step > 0 ? instant + facts.step : null
  const names = [...(facts.x === 'category' || facts.x === 'none' ? [x] : []), ...series].filter((i, at, all) => all.indexOf(i) === at && table.columns[i].type !== 'dynamic')
  const label = (i: number) => `${table.columns[i].name} ${shortened(nameOf(row[i]), 32)}`
  return (
    <Menu open onOpenChange={(_e, d) => !d.open && onClose()} positioning={{ target, position: 'below', align: 'start' }}>
      <MenuPopover>
        <MenuList>
          <MenuGroupHeader>{shortened(instant !== null ? timeText(instant) : names.map((i) => nameOf(row[i])).join(', '), 44)}</MenuGroupHeader>
          {instant !== null && end !== null && <MenuItem onClick={() => onTime(new Date(instant).toISOString(), new Date(end).toISOString())}>{`Query ${timeText(instant)} to ${timeText(end)}`}</MenuItem>}
          {names.map((i) => <MenuItem key={`only${i}`} onClick={() => onCondition(table.columns[i], row[i], false)}>{`Only ${label(i)}`}</MenuItem>)}
          {names.map((i) => <MenuItem key={`not${i}`} onClick={() => onCondition(table.columns[i], row[i], true)}>{`Without ${label(i)}`}</MenuItem>)}
          <MenuDivider />
          <MenuItem onClick={() => void navigator.clipboard?.writeText(table.columns.map((c, i) => `${c.name}: ${textOf(row[i])}`).join('\n'))}>Copy the row</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
