import { Menu, MenuDivider, MenuItem, MenuList, MenuPopover } from '@fluentui/react-components'
import {
  ArrowAutofitWidthRegular, ArrowSortDownRegular, ArrowSortUpRegular, DismissRegular, EyeOffRegular, FilterRegular, GroupListRegular,
} from '@fluentui/react-icons'

export type ColumnAction = 'ascending' | 'descending' | 'unsorted' | 'filter' | 'group' | 'hide' | 'fit'

interface ColumnMenuProps {
  target: HTMLElement
  sorted: boolean
  grouped: boolean
  onAction: (a: ColumnAction) => void
  onClose: () => void
}

/** What can be done with a column. */
export function ColumnMenu({ target, sorted, grouped, onAction, onClose }: ColumnMenuProps) {
  const item = (a: ColumnAction, icon: React.ReactElement, text: string) => (
    <MenuItem icon={icon} onClick={() => onAction(a)}>{text}</MenuItem>
  )
  return (
    <Menu open positioning={{ target, position: 'below', align: 'end' }} onOpenChange={(_e, d) => !d.open && onClose()}>
      <MenuPopover>
        <MenuList>
          {item('ascending', <ArrowSortUpRegular />, 'Sort ascending')}
          {item('descending', <ArrowSortDownRegular />, 'Sort descending')}
          {sorted && item('unsorted', <DismissRegular />, 'Do not sort by this')}
          <MenuDivider />
          {item('filter', <FilterRegular />, 'Filter…')}
          {item('group', <GroupListRegular />, grouped ? 'Do not group by this' : 'Group by this')}
          <MenuDivider />
          {item('fit', <ArrowAutofitWidthRegular />, 'Fit width to content')}
          {item('hide', <EyeOffRegular />, 'Hide column')}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
