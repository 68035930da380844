import { Menu, MenuDivider, MenuItem, MenuList, MenuPopover } from '@fluentui/react-components'
import { CopyRegular, FilterAddRegular, FilterDismissRegular, FilterRegular, TextBulletListSquareRegular } from '@fluentui/react-icons'
import { many } from '../parts/numbers'

export type CellAction = 'copy' | 'copyHeads' | 'copyRows' | 'only' | 'not' | 'filter' | 'details'

interface CellMenuProps {
  at: { x: number; y: number }
  /** How many rows are chosen. */
  count: number
  /** The value can become a condition of the query. */
  condition: boolean
  onAction: (a: CellAction) => void
  onClose: () => void
}

/** What can be done with a cell, or with the cells that are chosen. */
export function CellMenu({ at, count, condition, onAction, onClose }: CellMenuProps) {
  const target = { getBoundingClientRect: () => new DOMRect(at.x, at.y, 0, 0) }
  const item = (a: CellAction, icon: React.ReactElement, text: string) => <MenuItem icon={icon} onClick={() => { onClose(); onAction(a) }}>{text}</MenuItem>
  return (
    <Menu open positioning={{ target, position: 'below', align: 'start' }} onOpenChange={(_e, d) => !d.open && onClose()}>
      <MenuPopover>
        <MenuList>
          {item('copy', <CopyRegular />, 'Copy')}
          {item('copyHeads', <CopyRegular />, 'Copy with column names')}
          {item('copyRows', <CopyRegular />, count > 1 ? `Copy ${many(count, 'row')} as JSON` : 'Copy row as JSON')}
          {count === 1 && (
            <>
              <MenuDivider />
              {condition && item('only', <FilterAddRegular />, 'Query: only this value')}
              {condition && item('not', <FilterDismissRegular />, 'Query: not this value')}
              {item('filter', <FilterRegular />, 'Filter the grid on this value')}
              <MenuDivider />
              {item('details', <TextBulletListSquareRegular />, 'Details')}
            </>
          )}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
