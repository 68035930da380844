import { Button, Field, Input } from '@fluentui/react-components'
import { useState, type FormEvent } from 'react'
import { ApiError } from '../api/http'
import { signIn } from '../api/session'

/** Takes a token and opens a session with it; the token itself is not kept. */
export function TokenForm({ onDone }: { onDone?: () => void }) {
  const [token, setToken] = useState('')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (e: FormEvent) => {
    e.preventDefault()
    if (!token.trim()) {
      setError('Paste a token first.')
      return
    }
    setBusy(true)
    setError('')
    try {
      await signIn(token.trim())
      onDone?.()
    } catch (err) {
      if (err instanceof ApiError && err.status === 401) setError('The server does not know this token.')
      else if (err instanceof ApiError && err.status === 403) setError('This token may not ask queries; it lacks the scope "query".')
      else setError(err instanceof Error ? err.message : String(err))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form onSubmit={(e) => void submit(e)} className="token-form">
      <Field label="Token" validationMessage={error} validationState={error ? 'error' : 'none'}>
        <Input type="password" autoComplete="current-password" name="token" value={token} onChange={(_e, d) => setToken(d.value)} autoFocus className="mono" />
      </Field>
      <Button type="submit" appearance="primary" disabled={busy}>{busy ? 'Signing in…' : 'Sign in'}</Button>
    </form>
  )
}
