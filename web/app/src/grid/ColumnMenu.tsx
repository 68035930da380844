import { Menu, MenuDivider, MenuItem, MenuList, MenuPopover } from '@fluentui/react-components'
import {
  ArrowAutofitWidthRegular, ArrowLeftRegular, ArrowRightRegular, ArrowSortDownRegular, ArrowSortUpRegular, DismissRegular, EyeOffRegular, FilterRegular, GroupListRegular, PinOffRegular, PinRegular,
} from '@fluentui/react-icons'

export type ColumnAction = 'ascending' | 'descending' | 'thenAscending' | 'thenDescending' | 'unsorted' | 'filter' | 'group' | 'pin' | 'left' | 'right' | 'hide' | 'fit'

interface ColumnMenuProps {
  target: HTMLElement
  sorted: boolean
  /** Other columns sort already. */
  othersSort: boolean
  grouped: boolean
  pinned: boolean
  onAction: (a: ColumnAction) => void
  onClose: () => void
}

/** What can be done with a column. */
export function ColumnMenu({ target, sorted, othersSort, grouped, pinned, onAction, onClose }: ColumnMenuProps) {
  const item = (a: ColumnAction, icon: React.ReactElement, text: string) => (
    <MenuItem icon={icon} onClick={() => onAction(a)}>{text}</MenuItem>
  )
  return (
    <Menu open positioning={{ target, position: 'below', align: 'end' }} onOpenChange={(_e, d) => !d.open && onClose()}>
      <MenuPopover>
        <MenuList>
          {item('ascending', <ArrowSortUpRegular />, 'Sort ascending')}
          {item('descending', <ArrowSortDownRegular />, 'Sort descending')}
          {othersSort && item('thenAscending', <ArrowSortUpRegular />, 'Then by this, ascending')}
          {othersSort && item('thenDescending', <ArrowSortDownRegular />, 'Then by this, descending')}
          {sorted && item('unsorted', <DismissRegular />, 'Do not sort by this')}
          <MenuDivider />
          {item('filter', <FilterRegular />, 'Filter…')}
          {item('group', <GroupListRegular />, grouped ? 'Do not group by this' : 'Group by this')}
          <MenuDivider />
          {item('pin', pinned ? <PinOffRegular /> : <PinRegular />, pinned ? 'Do not pin' : 'Pin to the left')}
          {item('left', <ArrowLeftRegular />, 'Move left')}
          {item('right', <ArrowRightRegular />, 'Move right')}
          {item('fit', <ArrowAutofitWidthRegular />, 'Fit width to content')}
          {item('hide', <EyeOffRegular />, 'Hide column')}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
