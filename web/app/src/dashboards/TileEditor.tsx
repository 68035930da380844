import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Select } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { loadSchema } from '../api/schema'
import { workspace } from '../api/session'
import { chartKinds } from '../charts/option'
import { Editor } from '../editor/Editor'
import { Tile } from '../tiles/Tile'
import { filled, heights, widths, type DashboardTile, type Height, type Parameter, type Width } from './model'

interface TileEditorProps {
  tile: DashboardTile
  timespan: string
  parameters: Parameter[]
  onDone: (t: DashboardTile) => void
  onClose: () => void
}

const widthNames: Record<Width, string> = { 3: 'A quarter', 4: 'A third', 6: 'Half', 8: 'Two thirds', 12: 'Whole' }

/** Writes a tile's query and tries it. */
export function TileEditor({ tile, timespan, parameters, onDone, onClose }: TileEditorProps) {
  const [draft, setDraft] = useState(tile)
  const [tried, setTried] = useState(tile.query)
  const [round, setRound] = useState(0)
  const change = (part: Partial<DashboardTile>) => setDraft((d) => ({ ...d, ...part }))
  useEffect(() => void loadSchema(workspace.get()).catch(() => undefined), [])
  const attempt = () => {
    setTried(draft.query)
    setRound(round + 1)
  }
  return (
    <Dialog open onOpenChange={(_e, d) => !d.open && onClose()}>
      <DialogSurface className="tile-editor">
        <DialogBody>
          <DialogTitle>{tile.query ? 'Change tile' : 'New tile'}</DialogTitle>
          <DialogContent className="form">
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
              <Field label="Width">
                <Select value={String(draft.width)} onChange={(_e, d) => change({ width: Number(d.value) as Width })}>{widths.map((w) => <option key={w} value={w}>{widthNames[w]}</option>)}</Select>
              </Field>
              <Field label="Height">
                <Select value={String(draft.height)} onChange={(_e, d) => change({ height: Number(d.value) as Height })}>{heights.map((h) => <option key={h} value={h}>{h}</option>)}</Select>
              </Field>
              <Button onClick={attempt}>Try</Button>
            </div>
            <div className="tile-preview">
              <Tile title={draft.title || 'Preview'} query={tried.trim() ? filled(tried, parameters) : undefined} why="Write a query, then try it." timespan={draft.timespan ?? timespan} visualization={draft.visualization} round={round} />
            </div>
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button appearance="primary" disabled={!draft.query.trim()} onClick={() => onDone({ ...draft, title: draft.title.trim() || 'Untitled' })}>Done</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
