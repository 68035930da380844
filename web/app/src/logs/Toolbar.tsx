import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Toast, Toaster, ToastTitle, Tooltip, useToastController } from '@fluentui/react-components'
import { PlayFilled, SaveRegular, ShareRegular, StopFilled, TextAlignLeftRegular } from '@fluentui/react-icons'
import { workspace } from '../api/session'
import { linkTo } from './link'
import type { LogTab } from './tabs'
import { changeTab } from './tabs'
import { TimePicker } from './TimePicker'

interface ToolbarProps {
  tab: LogTab
  running: boolean
  /** The query at the caret chooses its time itself. */
  inQuery: boolean
  onRun: () => void
  onCancel: () => void
  onSave: () => void
  onFormat: () => void
}

export function Toolbar({ tab, running, inQuery, onRun, onCancel, onSave, onFormat }: ToolbarProps) {
  const { dispatchToast } = useToastController('logs')
  const share = async (run: boolean) => {
    const url = location.origin + (await linkTo({ query: tab.text, range: tab.range, workspace: workspace.get(), title: tab.title, run }))
    try {
      await navigator.clipboard.writeText(url)
      dispatchToast(<Toast><ToastTitle>The link is in the clipboard</ToastTitle></Toast>, { intent: 'success' })
    } catch {
      window.prompt('The link to this query', url)
    }
  }
  return (
    <div className="toolbar" role="toolbar" aria-label="Query">
      {running ? (
        <Button appearance="primary" size="small" icon={<StopFilled />} onClick={onCancel}>Cancel</Button>
      ) : (
        <Tooltip content="Run (Shift+Enter)" relationship="description">
          <Button appearance="primary" size="small" icon={<PlayFilled />} onClick={onRun}>Run</Button>
        </Tooltip>
      )}
      <TimePicker range={tab.range} inQuery={inQuery} onChange={(range) => changeTab(tab.id, { range })} />
      <span className="grow" />
      <Button size="small" appearance="subtle" icon={<TextAlignLeftRegular />} onClick={onFormat} className="wide-only">Format</Button>
      <Button size="small" appearance="subtle" icon={<SaveRegular />} onClick={onSave}>Save</Button>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button size="small" appearance="subtle" icon={<ShareRegular />}>Share</Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem onClick={() => void share(false)}>Copy link to the query</MenuItem>
            <MenuItem onClick={() => void share(true)}>Copy link that runs it</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      <Toaster toasterId="logs" position="bottom-end" />
    </div>
  )
}
