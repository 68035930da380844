import { MessageBar, MessageBarBody } from '@fluentui/react-components'
import { go } from '../parts/route'
import { TokenForm } from './TokenForm'
import './signin.css'

export function SignIn() {
  const used = new URLSearchParams(location.search).has('used')
  return (
    <main className="signin">
      <div className="card">
        <img src="/favicon.svg" alt="" width="48" height="48" />
        <h1>Sign in to Lazuli</h1>
        {used && (
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>This sign-in link was used already, or is older than 15 minutes.</MessageBarBody>
          </MessageBar>
        )}
        <TokenForm onDone={() => location.pathname === '/signin' && go('/overview', true)} />
        <p className="muted">
          The administrator's token is in the file <code>token</code> of the data directory, unless the server was given another.{' '}
          <code>lazuli console</code> on the server prints a link that signs you in without one.
        </p>
      </div>
    </main>
  )
}
