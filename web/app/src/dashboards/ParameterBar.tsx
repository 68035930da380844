import { Button, Field, Input, Select } from '@fluentui/react-components'
import { EditRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { textOf } from '../grid/format'
import { useAnswer } from '../tiles/useAnswer'
import type { Parameter } from './model'

interface ParameterBarProps {
  parameters: Parameter[]
  timespan: string
  editing: boolean
  onEdit: (i: number) => void
  onValue: (i: number, value: string) => void
}

/** The values that the viewer chooses. */
export function ParameterBar({ parameters, timespan, editing, onEdit, onValue }: ParameterBarProps) {
  if (parameters.length === 0) return null
  return (
    <div className="parameters">
      {parameters.map((p, i) => (
        <div key={p.name} className="row">
          <Field label={p.label}>
            {p.kind === 'text' ? <TextValue key={p.value} value={p.value} onValue={(v) => onValue(i, v)} /> : <Choice parameter={p} timespan={timespan} onValue={(v) => onValue(i, v)} />}
          </Field>
          {editing && <Button size="small" appearance="subtle" icon={<EditRegular />} aria-label={`Change parameter ${p.label}`} onClick={() => onEdit(i)} />}
        </div>
      ))}
    </div>
  )
}

/** Takes a text over when it is finished, not letter by letter: each value asks every query. */
function TextValue({ value, onValue }: { value: string; onValue: (v: string) => void }) {
  const [text, setText] = useState(value)
  const done = () => text !== value && onValue(text)
  return <Input size="small" value={text} onChange={(_e, d) => setText(d.value)} onBlur={done} onKeyDown={(e) => e.key === 'Enter' && done()} />
}

function Choice({ parameter, timespan, onValue }: { parameter: Parameter; timespan: string; onValue: (v: string) => void }) {
  const { answer } = useAnswer(parameter.kind === 'query' ? parameter.query : undefined, timespan, 0)
  const options = parameter.kind === 'query' ? (answer?.tables[0].rows.map((r) => textOf(r[0])) ?? []) : (parameter.options ?? [])
  const all = parameter.value && !options.includes(parameter.value) ? [parameter.value, ...options] : options
  return (
    <Select size="small" value={parameter.value} onChange={(_e, d) => onValue(d.value)}>
      {!parameter.value && <option value="">(choose)</option>}
      {all.map((o) => <option key={o} value={o}>{o}</option>)}
    </Select>
  )
}
