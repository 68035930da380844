import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Select, Textarea } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { loadSchema } from '../api/schema'
import { workspace } from '../api/session'
import { chartKinds } from '../charts/render'
import { Editor } from '../editor/Editor'
import { Tile } from '../tiles/Tile'
import { ranges } from '../logs/time'
import { filled, missing, textFilled, type Fillings } from './fill'
import { Markdown } from './Markdown'
import { heights, widths, type Dashboard, type DashboardTile, type Height, type Width } from './model'
import { timespanFor } from './timespan'

interface TileEditorProps {
  tile: DashboardTile
  dashboard: Dashboard
  fillings: Fillings
  onDone: (t: DashboardTile) => void
  onClose: () => void
}

const widthNames: Record<Width, string> = { 3: 'A quarter', 4: 'A third', 6: 'Half', 8: 'Two thirds', 9: 'Three quarters', 12: 'Whole' }

/** Writes a tile's query and tries it. */
export function TileEditor({ tile, dashboard, fillings, onDone, onClose }: TileEditorProps) {
  const [draft, setDraft] = useState(tile)
  const [tried, setTried] = useState(tile.query)
  const [round, setRound] = useState(0)
  const change = (part: Partial<DashboardTile>) => setDraft((d) => ({ ...d, ...part }))
  useEffect(() => void loadSchema(workspace.get()).catch(() => undefined), [])
  const attempt = () => {
    setTried(draft.query)
    setRound(round + 1)
  }
  const { parameters } = dashboard
  const wanting = missing(tried, parameters, fillings)
  const asText = draft.text !== undefined
  const sizes = (
    <>
      <Field label="Width">
        <Select value={String(draft.width)} onChange={(_e, d) => change({ width: Number(d.value) as Width })}>{widths.map((w) => <option key={w} value={w}>{widthNames[w]}</option>)}</Select>
      </Field>
      <Field label="Height">
        <Select value={String(draft.height)} onChange={(_e, d) => change({ height: Number(d.value) as Height })}>{heights.map((h) => <option key={h} value={h}>{h || 'A line'}</option>)}</Select>
      </Field>
    </>
  )
  return (
    <Dialog open onOpenChange={(_e, d) => !d.open && onClose()}>
      <DialogSurface className="tile-editor">
        <DialogBody>
          <DialogTitle>{asText ? (tile.text ? 'Change text' : 'New text') : tile.query ? 'Change tile' : 'New tile'}</DialogTitle>
          <DialogContent className="form">
            {asText ? (
              <>
                <Field label="Text" hint="Markdown: # heading, **bold**, - list, [text](https://…), {parameter}"><Textarea className="mono" rows={8} value={draft.text} onChange={(_e, d) => change({ text: d.value })} /></Field>
                <div className="row">{sizes}</div>
                <div className="tile-preview text-preview"><Markdown text={textFilled(draft.text!, fillings)} /></div>
              </>
            ) : (
              <>
                <Field label="Title"><Input value={draft.title} onChange={(_e, d) => change({ title: d.value })} /></Field>
                <Field label="Query" hint={parameters.length > 0 ? `Parameters: ${parameters.map((p) => `{${p.name}}`).join(', ')}` : undefined}>
                  <div className="boxed"><Editor id={'tile-' + tile.id} initial={tile.query} label="Query of the tile" onChange={(query) => change({ query })} onRun={attempt} unchecked height={150} /></div>
                </Field>
                <div className="row">
                  <Field label="Show as">
                    <Select value={draft.visualization} onChange={(_e, d) => change({ visualization: d.value })}>
                      <option value="">As the query says</option>
                      <option value="table">table</option>
                      {chartKinds.map((k) => <option key={k} value={k}>{k}</option>)}
                    </Select>
                  </Field>
                  <Field label="Time">
                    <Select value={draft.timespan ?? 'dashboard'} onChange={(_e, d) => change({ timespan: d.value === 'dashboard' ? undefined : d.value })}>
                      <option value="dashboard">As the dashboard</option>
                      <option value="">Set in query</option>
                      {parameters.filter((p) => p.kind === 'time').map((p) => <option key={p.name} value={`{${p.name}}`}>{p.label}</option>)}
                      {ranges.map((r) => <option key={r.duration} value={r.duration}>{r.label}</option>)}
                      {draft.timespan && !draft.timespan.startsWith('{') && !ranges.some((r) => r.duration === draft.timespan) && <option value={draft.timespan}>{draft.timespan}</option>}
                    </Select>
                  </Field>
                  {sizes}
                  <Button onClick={attempt}>Try</Button>
                </div>
                <div className="tile-preview">
                  <Tile
                    title={draft.title || 'Preview'} query={tried.trim() && wanting.length === 0 ? filled(tried, fillings) : undefined} why={wanting.length > 0 ? `Choose ${wanting.join(' and ')}.` : 'Write a query, then try it.'}
                    timespan={timespanFor(draft, dashboard, fillings)} visualization={draft.visualization} round={round}
                  />
                </div>
              </>
            )}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button appearance="primary" disabled={asText ? !draft.text!.trim() : !draft.query.trim()} onClick={() => onDone(asText ? draft : { ...draft, title: draft.title.trim() || 'Untitled' })}>Done</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
