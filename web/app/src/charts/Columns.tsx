import { Button, Checkbox, Field, Input, Popover, PopoverSurface, PopoverTrigger, Select, Switch } from '@fluentui/react-components'
import { OptionsRegular } from '@fluentui/react-icons'
import type { Column, Render } from '../api/query'
import { isNumber } from '../grid/format'
import { hasAxes, kindOf, stackingsOf } from './render'

interface ColumnsProps {
  columns: Column[]
  render: Render
  /** What is drawn without being asked for. */
  drawn?: { x: number; ys: number[]; series: number[] }
  onChange: (part: Partial<Render>) => void
}

const stackingNames: Record<string, string> = { default: 'Side by side', stacked: 'Stacked', stacked100: 'Stacked to 100 %' }

/** What of a result is drawn, and how: the properties of render, to be chosen. */
export function Columns({ columns, render, drawn, onChange }: ColumnsProps) {
  const kind = kindOf(render)
  const axes = hasAxes(kind)
  const stackings = stackingsOf(kind)
  const named = (i: number | undefined) => (i === undefined || i < 0 ? undefined : columns[i]?.name)
  const ys = render.yColumns?.length ? render.yColumns : (drawn?.ys.map((i) => columns[i].name) ?? [])
  const series = render.series?.length ? render.series : (drawn?.series.map((i) => columns[i].name) ?? [])
  const x = render.xColumn ?? named(drawn?.x) ?? ''
  const flip = (list: string[], name: string) => (list.includes(name) ? list.filter((n) => n !== name) : columns.map((c) => c.name).filter((n) => n === name || list.includes(n)))
  const measures = columns.filter((c) => c.name !== x && (isNumber(c.type) || c.type === 'timespan' || c.type === 'dynamic'))
  const names = columns.filter((c) => c.name !== x && !ys.includes(c.name) && !isNumber(c.type) && c.type !== 'timespan' && c.type !== 'dynamic')
  return (
    <Popover positioning="below-start" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<OptionsRegular />}><span className="chart-word">Axes</span></Button>
      </PopoverTrigger>
      <PopoverSurface aria-label="What is drawn" className="chart-columns">
        <Field label="X">
          <Select size="small" value={x} onChange={(_e, d) => onChange({ xColumn: d.value || null, yColumns: render.yColumns?.filter((n) => n !== d.value) ?? null, series: render.series?.filter((n) => n !== d.value) ?? null })}>
            {columns.map((c) => <option key={c.name} value={c.name}>{c.name}</option>)}
          </Select>
        </Field>
        {measures.length > 0 && (
          <fieldset>
            <legend>Y</legend>
            {measures.map((c) => <Checkbox key={c.name} size="medium" label={c.name} checked={ys.includes(c.name)} disabled={ys.length === 1 && ys.includes(c.name)} onChange={() => onChange({ yColumns: flip(ys, c.name) })} />)}
          </fieldset>
        )}
        {names.length > 0 && (
          <fieldset>
            <legend>Series</legend>
            {names.map((c) => <Checkbox key={c.name} label={c.name} checked={series.includes(c.name)} disabled={series.length === 1 && series.includes(c.name)} onChange={() => onChange({ series: flip(series, c.name) })} />)}
          </fieldset>
        )}
        {stackings.length > 0 && (
          <Field label="Stacking">
            <Select size="small" value={render.kind && stackings.includes(render.kind) ? render.kind : 'default'} onChange={(_e, d) => onChange({ kind: d.value === 'default' ? null : d.value })}>
              {stackings.map((s) => <option key={s} value={s}>{stackingNames[s]}</option>)}
            </Select>
          </Field>
        )}
        {(kind === 'scatterchart' || kind === 'piechart') && <Switch label="On a map" checked={render.kind === 'map'} onChange={(_e, d) => onChange({ kind: d.checked ? 'map' : null })} />}
        {axes && (
          <>
            <Field label="Y axes">
              <Select size="small" value={render.ySplit ?? 'none'} onChange={(_e, d) => onChange({ ySplit: d.value === 'none' ? null : d.value })}>
                <option value="none">One for all</option>
                <option value="axes">One each</option>
                <option value="panels">A panel each</option>
              </Select>
            </Field>
            <Switch label="Logarithmic y" checked={render.yAxis === 'log'} onChange={(_e, d) => onChange({ yAxis: d.checked ? 'log' : null })} />
            <Switch label="Add up along x" checked={!!render.accumulate} onChange={(_e, d) => onChange({ accumulate: d.checked })} />
          </>
        )}
        <Field label="Title">
          <Input size="small" value={render.title ?? ''} onChange={(_e, d) => onChange({ title: d.value || null })} />
        </Field>
      </PopoverSurface>
    </Popover>
  )
}
