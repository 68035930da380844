import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle } from '@fluentui/react-components'
import { useState, type ReactNode } from 'react'

interface ConfirmProps {
  title: string
  children: ReactNode
  /** What the button that does it says. */
  act: string
  onAct: () => Promise<void> | void
  onClose: () => void
  disabled?: boolean
}

/** Asks before something is done, and stays with the reason when it fails. */
export function Confirm({ title, children, act, onAct, onClose, disabled }: ConfirmProps) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const go = async () => {
    setBusy(true)
    setError('')
    try {
      await onAct()
      onClose()
    } catch (e) {
      setError((e as Error).message)
      setBusy(false)
    }
  }
  return (
    <Dialog open onOpenChange={(_e, d) => !d.open && onClose()}>
      <DialogSurface style={{ maxWidth: 520 }}>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>
            {children}
            {error && <p className="error-text" role="alert">{error}</p>}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button appearance="primary" disabled={busy || disabled} onClick={() => void go()}>{act}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
