import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Select, Textarea } from '@fluentui/react-components'
import { useState } from 'react'
import type { Option, Parameter } from './model'

interface ParameterEditorProps {
  /** The parameter to change; absent makes a new one. */
  parameter?: Parameter
  /** undefined removes it. */
  onDone: (p: Parameter | undefined) => void
  onClose: () => void
}

const kinds: { kind: Parameter['kind']; name: string }[] = [
  { kind: 'text', name: 'Text' }, { kind: 'choice', name: 'Choice from a list' }, { kind: 'query', name: 'Choice from a query' }, { kind: 'time', name: 'Part of time' },
]

export function ParameterEditor({ parameter, onDone, onClose }: ParameterEditorProps) {
  const [draft, setDraft] = useState<Parameter>(parameter ?? { name: '', label: '', kind: 'text', value: '' })
  const [lines, setLines] = useState((parameter?.options ?? []).map((o) => (o.label ? `${o.value} = ${o.label}` : o.value)).join('\n'))
  const change = (part: Partial<Parameter>) => setDraft((d) => ({ ...d, ...part }))
  const named = /^[A-Za-z_]\w*$/.test(draft.name)
  const chooses = draft.kind === 'choice' || draft.kind === 'query'
  const done = () => onDone({ ...draft, label: draft.label || draft.name, options: draft.kind === 'choice' ? optionsOf(lines) : draft.options })
  return (
    <Dialog open onOpenChange={(_e, d) => !d.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{parameter ? 'Change parameter' : 'New parameter'}</DialogTitle>
          <DialogContent className="form">
            <Field label="Name" hint={draft.kind === 'time' ? 'Queries write {time}, {time:start}, {time:end} or {time:grain}' : 'Queries write it in braces: where User == {user}'} validationMessage={draft.name && !named ? 'Letters, digits and _ only' : undefined}>
              <Input className="mono" value={draft.name} onChange={(_e, d) => change({ name: d.value })} />
            </Field>
            <Field label="Label"><Input value={draft.label} onChange={(_e, d) => change({ label: d.value })} /></Field>
            <Field label="Kind">
              <Select value={draft.kind} onChange={(_e, d) => change({ kind: d.value as Parameter['kind'], multiple: undefined })}>
                {kinds.map((k) => <option key={k.kind} value={k.kind}>{k.name}</option>)}
                {draft.kind === 'case' && <option value="case">Follows from other parameters</option>}
              </Select>
            </Field>
            {draft.kind === 'choice' && <Field label="Choices" hint="One on each line; a label after = if it differs"><Textarea value={lines} onChange={(_e, d) => setLines(d.value)} /></Field>}
            {draft.kind === 'query' && <Field label="Query" hint="Its columns value and label, or the first two, are the choices; a third that is true chooses at first"><Textarea className="mono" value={draft.query ?? ''} onChange={(_e, d) => change({ query: d.value })} /></Field>}
            {chooses && <Checkbox label="Several may be chosen: where User in ({user})" checked={!!draft.multiple} onChange={(_e, d) => change({ multiple: d.checked === true || undefined })} />}
            {draft.kind !== 'time' && draft.kind !== 'case' && <Field label="Value at first" hint={draft.multiple ? '* for all' : undefined}><Input value={draft.value} onChange={(_e, d) => change({ value: d.value })} /></Field>}
            {draft.kind !== 'time' && <Checkbox label="Write numbers, spans of time and names without quotes" checked={!!draft.written} onChange={(_e, d) => change({ written: d.checked === true || undefined })} />}
            <Checkbox label="Hidden from viewers" checked={!!draft.hidden} onChange={(_e, d) => change({ hidden: d.checked === true || undefined })} />
          </DialogContent>
          <DialogActions>
            {parameter && <Button onClick={() => onDone(undefined)}>Remove</Button>}
            <Button onClick={onClose}>Cancel</Button>
            <Button appearance="primary" disabled={!named} onClick={done}>Done</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}

/** Choices from lines of "value" or "value = label". */
function optionsOf(lines: string): Option[] {
  return lines.split('\n').flatMap((line) => {
    const at = line.indexOf(' = ')
    if (line.trim() === '') return []
    return [at < 0 ? { value: line.trim() } : { value: line.slice(0, at).trim(), label: line.slice(at + 3).trim() }]
  })
}
