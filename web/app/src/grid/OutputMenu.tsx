import { Button, Menu, MenuDivider, MenuGroup, MenuGroupHeader, MenuItem, MenuItemCheckbox, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components'
import { ArrowDownloadRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { download, fileName } from '../parts/download'
import { formats, type Format } from './exporting'

interface OutputMenuProps {
  title: string
  output: (f: Format, onlyShown: boolean) => string
  /** How many columns are shown, and how many there are. */
  shown: number
  all: number
  /** Whether only shown columns leave, as long as nobody says otherwise. */
  onlyShown: boolean
}

/** Saves and copies the rows that are shown. */
export function OutputMenu({ title, output, shown, all, onlyShown }: OutputMenuProps) {
  const [said, setSaid] = useState<boolean | undefined>(undefined)
  const only = (said ?? onlyShown) && shown < all
  return (
    <Menu checkedValues={{ columns: only ? ['shown'] : [] }} onCheckedValueChange={(_e, d) => setSaid(d.checkedItems.length > 0)}>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />}>Export</Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {shown < all && (
            <>
              <MenuItemCheckbox name="columns" value="shown">Only the {shown} shown columns</MenuItemCheckbox>
              <MenuDivider />
            </>
          )}
          <MenuGroup>
            <MenuGroupHeader>Save as</MenuGroupHeader>
            {formats.map((f) => <MenuItem key={f.id} onClick={() => download(fileName(title, f.extension), output(f.id, only), f.type)}>{f.label} file</MenuItem>)}
          </MenuGroup>
          <MenuGroup>
            <MenuGroupHeader>Copy as</MenuGroupHeader>
            {formats.map((f) => <MenuItem key={f.id} onClick={() => void navigator.clipboard?.writeText(output(f.id, only))}>{f.label}</MenuItem>)}
          </MenuGroup>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
