import { Button, Field, Input, Popover, PopoverSurface, PopoverTrigger } from '@fluentui/react-components'
import { ClockRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import { describeRange, ranges, type TimeRange } from './time'

const local = (iso: string) => iso.slice(0, 16)

interface TimePickerProps {
  range: TimeRange
  onChange: (r: TimeRange) => void
  allowQuery?: boolean
  /** The query chooses its time itself, so that the range does not count. */
  inQuery?: boolean
}

/** Chooses the part of time that a query looks at. */
export function TimePicker({ range, onChange, allowQuery = true, inQuery = false }: TimePickerProps) {
  const [open, setOpen] = useState(false)
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const choose = (r: TimeRange) => {
    setOpen(false)
    onChange(r)
  }
  const opened = (now: boolean) => {
    setOpen(now)
    if (!now) return
    setFrom(local(range.kind === 'between' ? range.from : new Date(Date.now() - 86400e3).toISOString()))
    setTo(local(range.kind === 'between' ? range.to : new Date().toISOString()))
  }
  const valid = from !== '' && to !== '' && from < to
  const shown = inQuery ? 'Set in query' : describeRange(range)
  return (
    <Popover open={open} onOpenChange={(_e, d) => opened(d.open)} positioning="below-start" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" icon={<ClockRegular />} aria-label={`Time range: ${shown}`} title={inQuery ? `The query has a condition on its time, so ${describeRange(range)} does not count.` : undefined}>{shown}</Button>
      </PopoverTrigger>
      <PopoverSurface className="time-picker" aria-label="Time range">
        <div className="time-list">
          {ranges.map((r) => (
            <button type="button" key={r.duration} aria-pressed={range.kind === 'last' && range.duration === r.duration} onClick={() => choose({ kind: 'last', duration: r.duration })}>{r.label}</button>
          ))}
          {allowQuery && <button type="button" aria-pressed={range.kind === 'query'} onClick={() => choose({ kind: 'query' })}>Set in query</button>}
        </div>
        <form onSubmit={(e) => { e.preventDefault(); if (valid) choose({ kind: 'between', from: from + ':00Z', to: to + ':00Z' }) }}>
          <Field label="From (UTC)"><Input type="datetime-local" value={from} onChange={(_e, d) => setFrom(d.value)} /></Field>
          <Field label="To (UTC)" validationMessage={from && to && !valid ? 'Must be later' : undefined}><Input type="datetime-local" value={to} onChange={(_e, d) => setTo(d.value)} /></Field>
          <Button type="submit" appearance="primary" size="small" disabled={!valid}>Apply</Button>
        </form>
      </PopoverSurface>
    </Popover>
  )
}
