import { Button, Dropdown, Field, Input, Option as Choosable, Select, Tab, TabList } from '@fluentui/react-components'
import { DismissRegular, EditRegular } from '@fluentui/react-icons'
import { useEffect, useState } from 'react'
import { TimePicker } from '../logs/TimePicker'
import { rangeOf, timespanOf } from '../logs/time'
import { useAnswer } from '../tiles/useAnswer'
import { filled, missing, seen, type Fillings, type Offers } from './fill'
import { valuesOf, type Option, type Parameter } from './model'
import { optionsIn } from './offers'

interface ParameterBarProps {
  parameters: Parameter[]
  fillings: Fillings
  offers: Offers
  timespan: string
  round: number
  editing: boolean
  onEdit: (i: number) => void
  onValue: (i: number, value: string) => void
  onOffer: (name: string, options: Option[]) => void
}

/** The values that the viewer chooses. */
export function ParameterBar({ parameters, fillings, offers, timespan, round, editing, onEdit, onValue, onOffer }: ParameterBarProps) {
  const shown = parameters.map((p, i) => ({ p, i })).filter(({ p }) => editing || (!p.hidden && p.kind !== 'case' && seen(p.visible, fillings)))
  const tabs = shown.filter(({ p }) => p.tabs)
  const others = shown.filter(({ p }) => !p.tabs)
  const edit = (p: Parameter, i: number) => editing && <Button size="small" appearance="subtle" icon={<EditRegular />} aria-label={`Change parameter ${p.label}`} onClick={() => onEdit(i)} />
  return (
    <>
      {parameters.map((p) => p.kind === 'query' && <Offer key={p.name} parameter={p} parameters={parameters} fillings={fillings} timespan={timespan} round={round} onOffer={onOffer} />)}
      {others.length > 0 && (
        <div className="parameters">
          {others.map(({ p, i }) => (
            <div key={p.name} className="row">
              <Field label={p.label + (p.hidden ? ' (hidden)' : '')}>
                {p.kind === 'case' ? <Input size="small" disabled value="follows from others" />
                  : p.kind === 'time' ? <TimeValue value={p.value} timespan={timespan} onValue={(v) => onValue(i, v)} />
                    : p.kind === 'text' ? <TextValue key={p.value} value={p.value} onValue={(v) => onValue(i, v)} />
                      : p.multiple ? <Several parameter={p} options={optionsOf(p, offers)} onValue={(v) => onValue(i, v)} /> : <Choice parameter={p} options={optionsOf(p, offers)} fillings={fillings} onValue={(v) => onValue(i, v)} />}
              </Field>
              {edit(p, i)}
            </div>
          ))}
        </div>
      )}
      {tabs.map(({ p, i }) => (
        <div key={p.name} className="parameter-tabs">
          <TabList size="small" selectedValue={p.value} onTabSelect={(_e, d) => onValue(i, String(d.value))} aria-label={p.label}>
            {(p.options ?? []).map((o) => <Tab key={o.value} value={o.value}>{o.label ?? o.value}</Tab>)}
          </TabList>
          {edit(p, i)}
        </div>
      ))}
    </>
  )
}

const optionsOf = (p: Parameter, offers: Offers) => (p.kind === 'choice' ? (p.options ?? []) : (offers[p.name] ?? []))

/** Asks for a parameter's choices, as soon as those are known that its query names. */
function Offer({ parameter: p, parameters, fillings, timespan, round, onOffer }: { parameter: Parameter; parameters: Parameter[]; fillings: Fillings; timespan: string; round: number; onOffer: ParameterBarProps['onOffer'] }) {
  const ready = p.query && missing(p.query, parameters, fillings).length === 0
  const { answer, error } = useAnswer(ready ? filled(p.query!, fillings, Math.floor(Date.now() / 60_000) * 60_000) : undefined, timespan, round)
  useEffect(() => {
    if (answer) onOffer(p.name, optionsIn(answer.tables[0]))
    else if (error) onOffer(p.name, [])
  }, [answer, error, p.name, onOffer])
  return error ? <p className="error-text parameter-error" role="alert">The choices of {p.label}: {error.message}</p> : null
}

/** Takes a text over when it is finished, not letter by letter: each value asks every query. */
function TextValue({ value, onValue }: { value: string; onValue: (v: string) => void }) {
  const [text, setText] = useState(value)
  const done = () => text !== value && onValue(text)
  return <Input size="small" value={text} onChange={(_e, d) => setText(d.value)} onBlur={done} onKeyDown={(e) => e.key === 'Enter' && done()} />
}

function TimeValue({ value, timespan, onValue }: { value: string; timespan: string; onValue: (v: string) => void }) {
  return (
    <span className="row">
      <TimePicker range={rangeOf(value || timespan)} allowQuery={false} onChange={(r) => onValue(timespanOf(r) ?? '')} />
      {value && <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label="As the dashboard" onClick={() => onValue('')} />}
    </span>
  )
}

function Choice({ parameter: p, options, fillings, onValue }: { parameter: Parameter; options: Option[]; fillings: Fillings; onValue: (v: string) => void }) {
  const value = p.value || (fillings.get(p.name)?.chosen?.[0]?.value ?? '')
  const all = value && value !== '*' && !options.some((o) => o.value === value) ? [{ value }, ...options] : options
  return (
    <Select size="small" value={value} onChange={(_e, d) => onValue(d.value)}>
      {!value && <option value="">(choose)</option>}
      {(p.all !== undefined || value === '*') && <option value="*">All</option>}
      {all.map((o) => <option key={o.value} value={o.value}>{o.label ?? o.value}</option>)}
    </Select>
  )
}

function Several({ parameter: p, options, onValue }: { parameter: Parameter; options: Option[]; onValue: (v: string) => void }) {
  const chosen = valuesOf(p.value)
  const own = chosen.filter((v) => v !== '*' && !options.some((o) => o.value === v)).map((value): Option => ({ value }))
  const list = [...own, ...options]
  const text = chosen.includes('*') ? 'All' : chosen.map((v) => list.find((o) => o.value === v)?.label ?? v).join(', ')
  const choose = (now: string[]) => {
    // "All" and single ones exclude each other: the later choice counts.
    const all = now.includes('*') && (!chosen.includes('*') || now.length === 1)
    onValue(all ? '*' : now.filter((v) => v !== '*').join('\n'))
  }
  return (
    <Dropdown multiselect size="small" value={text} placeholder="(choose)" selectedOptions={chosen} title={text} onOptionSelect={(_e, d) => choose(d.selectedOptions)} className="several">
      <Choosable key="*" value="*">All</Choosable>
      {list.map((o) => <Choosable key={o.value} value={o.value} text={o.label ?? o.value}>{o.label ?? o.value}</Choosable>)}
    </Dropdown>
  )
}
