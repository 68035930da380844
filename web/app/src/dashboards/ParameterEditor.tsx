import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Select, Textarea } from '@fluentui/react-components'
import { useState } from 'react'
import type { Parameter } from './model'

interface ParameterEditorProps {
  /** The parameter to change; absent makes a new one. */
  parameter?: Parameter
  /** undefined removes it. */
  onDone: (p: Parameter | undefined) => void
  onClose: () => void
}

export function ParameterEditor({ parameter, onDone, onClose }: ParameterEditorProps) {
  const [draft, setDraft] = useState<Parameter>(parameter ?? { name: '', label: '', kind: 'text', value: '' })
  const change = (part: Partial<Parameter>) => setDraft((d) => ({ ...d, ...part }))
  const named = /^[A-Za-z_]\w*$/.test(draft.name)
  return (
    <Dialog open onOpenChange={(_e, d) => !d.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{parameter ? 'Change parameter' : 'New parameter'}</DialogTitle>
          <DialogContent className="form">
            <Field label="Name" hint="Queries write it in braces: where User == {user}" validationMessage={draft.name && !named ? 'Letters, digits and _ only' : undefined}>
              <Input className="mono" value={draft.name} onChange={(_e, d) => change({ name: d.value })} />
            </Field>
            <Field label="Label"><Input value={draft.label} onChange={(_e, d) => change({ label: d.value })} /></Field>
            <Field label="Kind">
              <Select value={draft.kind} onChange={(_e, d) => change({ kind: d.value as Parameter['kind'] })}>
                <option value="text">Text</option>
                <option value="choice">Choice from a list</option>
                <option value="query">Choice from a query</option>
              </Select>
            </Field>
            {draft.kind === 'choice' && <Field label="Choices" hint="One on each line"><Textarea value={(draft.options ?? []).join('\n')} onChange={(_e, d) => change({ options: d.value.split('\n') })} /></Field>}
            {draft.kind === 'query' && <Field label="Query" hint="Its first column is the choices"><Textarea className="mono" value={draft.query ?? ''} onChange={(_e, d) => change({ query: d.value })} /></Field>}
            <Field label="Value at first"><Input value={draft.value} onChange={(_e, d) => change({ value: d.value })} /></Field>
          </DialogContent>
          <DialogActions>
            {parameter && <Button onClick={() => onDone(undefined)}>Remove</Button>}
            <Button onClick={onClose}>Cancel</Button>
            <Button appearance="primary" disabled={!named} onClick={() => onDone({ ...draft, label: draft.label || draft.name, options: draft.options?.filter((o) => o.trim()) })}>Done</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
