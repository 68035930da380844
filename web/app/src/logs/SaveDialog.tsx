import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input } from '@fluentui/react-components'
import { useState, type FormEvent } from 'react'
import { ApiError } from '../api/http'
import { workspace } from '../api/session'
import { loadSaved, save, saved, type SavedDocument, type SavedQuery } from './saved'
import { timespanOf, type TimeRange } from './time'

interface SaveDialogProps {
  text: string
  range: TimeRange
  /** The saved query that the text came from. */
  current?: SavedDocument
  onClose: () => void
  onSaved: (d: SavedDocument) => void
}

/** Keeps a query, or a function for other queries to call, on the server. */
export function SaveDialog({ text, range, current: opened, onClose, onSaved }: SaveDialogProps) {
  const [current, setCurrent] = useState(opened)
  const was = opened?.body
  const [title, setTitle] = useState(was?.title ?? '')
  const [folder, setFolder] = useState(was?.folder ?? '')
  const [isFunction, setIsFunction] = useState(!!was?.function)
  const [name, setName] = useState(was?.function?.name ?? '')
  const [parameters, setParameters] = useState(was?.function?.parameters ?? '')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (over?: SavedDocument) => {
    if (!title.trim()) return setError('Give it a name.')
    if (isFunction && !/^[A-Za-z_]\w*$/.test(name)) return setError("The function's name has letters, digits and _ only.")
    if (isFunction && saved.get().some((d) => d.id !== over?.id && d.body.function?.name === name)) return setError(`There is a function ${name} already.`)
    const query: SavedQuery = { title: title.trim(), folder: folder.trim(), query: text.trim(), timespan: timespanOf(range) }
    if (isFunction) query.function = { name, parameters: parameters.trim() }
    setBusy(true)
    try {
      onSaved(await save(workspace.get(), query, over))
      onClose()
    } catch (e) {
      if (e instanceof ApiError && e.status === 412 && over) {
        await loadSaved(workspace.get()).catch(() => undefined)
        setCurrent(saved.get().find((d) => d.id === over.id))
        setError('Somebody else changed or deleted this query since you opened it. Save again to put yours in its place, or save it as a new one.')
      } else setError(e instanceof Error ? e.message : String(e))
      setBusy(false)
    }
  }
  const onSubmit = (e: FormEvent) => {
    e.preventDefault()
    void submit(current)
  }
  return (
    <Dialog open onOpenChange={(_e, d) => !d.open && onClose()}>
      <DialogSurface>
        <form onSubmit={onSubmit}>
          <DialogBody>
            <DialogTitle>Save query</DialogTitle>
            <DialogContent className="form">
              <Field label="Name" required validationMessage={error} validationState={error ? 'error' : 'none'}><Input value={title} onChange={(_e, d) => setTitle(d.value)} autoFocus /></Field>
              <Field label="Folder" hint="Folders within folders are written with a slash: Identity/Sign-ins."><Input value={folder} onChange={(_e, d) => setFolder(d.value)} /></Field>
              <Checkbox label="Save as a function that other queries can call" checked={isFunction} onChange={(_e, d) => setIsFunction(d.checked === true)} />
              {isFunction && (
                <>
                  <Field label="Function name" required><Input value={name} onChange={(_e, d) => setName(d.value)} className="mono" /></Field>
                  <Field label="Parameters" hint="As in KQL, for example: user:string, since:timespan=1d"><Input value={parameters} onChange={(_e, d) => setParameters(d.value)} className="mono" /></Field>
                </>
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              {current && <Button disabled={busy} onClick={() => void submit()}>Save as new</Button>}
              <Button type="submit" appearance="primary" disabled={busy}>Save</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  )
}
