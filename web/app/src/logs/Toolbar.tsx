import { Button, Tooltip, useToastController, Toast, ToastTitle, Toaster } from '@fluentui/react-components'
import { PlayFilled, SaveRegular, ShareRegular, StopFilled, TextAlignLeftRegular } from '@fluentui/react-icons'
import { workspace } from '../api/session'
import { linkTo } from './link'
import type { LogTab } from './tabs'
import { changeTab } from './tabs'
import { TimePicker } from './TimePicker'

interface ToolbarProps {
  tab: LogTab
  running: boolean
  onRun: () => void
  onCancel: () => void
  onSave: () => void
  onFormat: () => void
}

export function Toolbar({ tab, running, onRun, onCancel, onSave, onFormat }: ToolbarProps) {
  const { dispatchToast } = useToastController('logs')
  const share = async () => {
    const url = location.origin + (await linkTo({ query: tab.text, range: tab.range, workspace: workspace.get() }))
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
      <TimePicker range={tab.range} onChange={(range) => changeTab(tab.id, { range })} />
      <span className="grow" />
      <Button size="small" appearance="subtle" icon={<TextAlignLeftRegular />} onClick={onFormat} className="wide-only">Format</Button>
      <Button size="small" appearance="subtle" icon={<SaveRegular />} onClick={onSave}>Save</Button>
      <Button size="small" appearance="subtle" icon={<ShareRegular />} onClick={() => void share()}>Share</Button>
      <Toaster toasterId="logs" position="bottom-end" />
    </div>
  )
}
