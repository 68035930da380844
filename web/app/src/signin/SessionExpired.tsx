import { Dialog, DialogBody, DialogContent, DialogSurface, DialogTitle } from '@fluentui/react-components'
import { TokenForm } from './TokenForm'
import './signin.css'

/** Asks for a token over the open page: what was being written stays. */
export function SessionExpired() {
  return (
    <Dialog open modalType="alert">
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Your session has ended</DialogTitle>
          <DialogContent>
            <p>Sign in again to go on. Your queries and results are still here.</p>
            <TokenForm />
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
