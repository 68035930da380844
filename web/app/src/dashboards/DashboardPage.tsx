import { Button, Input, MessageBar, MessageBarBody, Select, Toast, ToastTitle, Toaster, Tooltip, useToastController } from '@fluentui/react-components'
import { AddRegular, ArrowDownloadRegular, ArrowLeftRegular, ArrowSyncRegular, EditRegular, ShareRegular } from '@fluentui/react-icons'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { workspace } from '../api/session'
import { TimePicker } from '../logs/TimePicker'
import { rangeOf, timespanOf } from '../logs/time'
import { download, fileName } from '../parts/download'
import { currentPlace, go } from '../parts/route'
import { DashboardTileView } from './DashboardTileView'
import { fillingsOf, seen, textFilled, type Offers } from './fill'
import { readView, viewLink } from './link'
import { moved, tileID, type Dashboard, type DashboardTile, type Option, type Parameter } from './model'
import { ParameterBar } from './ParameterBar'
import { ParameterEditor } from './ParameterEditor'
import { changeDashboard, type DashboardDocument } from './store'
import { TileEditor } from './TileEditor'

const rounds = [0, 10, 30, 60, 300, 900]

/** One dashboard, to look at and to change. */
export function DashboardPage({ doc }: { doc: DashboardDocument }) {
  const [editing, setEditing] = useState(currentPlace().hash === 'edit')
  const [draft, setDraft] = useState<Dashboard>(() => readView(doc.body, currentPlace().hash))
  const [offers, setOffers] = useState<Offers>({})
  const [round, setRound] = useState(0)
  const [tile, setTile] = useState<DashboardTile | undefined>(undefined)
  const [parameter, setParameter] = useState<number | undefined>(undefined)
  const [error, setError] = useState('')
  const [said, setSaid] = useState('')
  const { dispatchToast } = useToastController('board')
  const change = (part: Partial<Dashboard>) => setDraft((d) => ({ ...d, ...part }))
  const fillings = useMemo(() => fillingsOf(draft.parameters, offers, draft.timespan), [draft.parameters, draft.timespan, offers])
  const onOffer = useCallback((name: string, options: Option[]) => setOffers((o) => ({ ...o, [name]: options })), [])
  // The instants that queries get are those of the last round: a clock that ran on would ask without end.
  const now = useMemo(() => Date.now(), [round, draft.timespan, draft.parameters])

  useEffect(() => {
    if (draft.refresh <= 0) return
    const timer = setInterval(() => !document.hidden && setRound((n) => n + 1), draft.refresh * 1000)
    return () => clearInterval(timer)
  }, [draft.refresh])

  const save = async () => {
    try {
      await changeDashboard(workspace.get(), doc, draft)
      setEditing(false)
      setError('')
      if (currentPlace().hash) go('/dashboards/' + doc.id, true)
    } catch (e) {
      setError((e as Error).message)
    }
  }
  const putTile = (t: DashboardTile) => {
    change({ tiles: draft.tiles.some((x) => x.id === t.id) ? draft.tiles.map((x) => (x.id === t.id ? t : x)) : [...draft.tiles, t] })
    setTile(undefined)
  }
  const moveTile = (id: string, place: (tiles: DashboardTile[]) => number) =>
    setDraft((d) => {
      const from = d.tiles.findIndex((t) => t.id === id)
      const tiles = moved(d.tiles, from, place(d.tiles))
      if (tiles !== d.tiles) setSaid(`${nameOf(d.tiles[from])} is now ${tiles.findIndex((t) => t.id === id) + 1} of ${tiles.length}`)
      return tiles === d.tiles ? d : { ...d, tiles }
    })
  const putParameter = (i: number, p: Parameter | undefined) => {
    change({ parameters: p ? [...draft.parameters.slice(0, i), p, ...draft.parameters.slice(i + 1)] : draft.parameters.toSpliced(i, 1) })
    setParameter(undefined)
  }
  const share = async () => {
    await navigator.clipboard?.writeText(location.origin + viewLink(doc.id, doc.body, draft))
    dispatchToast(<Toast><ToastTitle>The link is in the clipboard</ToastTitle></Toast>, { intent: 'success' })
  }
  const tiles = editing ? draft.tiles : draft.tiles.filter((t) => seen(t.visible, fillings))
  return (
    <div className="page">
      <div className="page-head">
        <Tooltip content="All dashboards" relationship="label"><Button appearance="subtle" icon={<ArrowLeftRegular />} onClick={() => go('/dashboards')} /></Tooltip>
        {editing ? <Input aria-label="Title" value={draft.title} onChange={(_e, d) => change({ title: d.value })} /> : <h1>{draft.title}</h1>}
        <span className="grow" />
        <TimePicker range={rangeOf(draft.timespan)} allowQuery={false} onChange={(r) => change({ timespan: timespanOf(r) ?? 'P1D' })} />
        <Select size="small" aria-label="Refresh" value={String(draft.refresh)} onChange={(_e, d) => change({ refresh: Number(d.value) })}>
          {rounds.map((s) => <option key={s} value={s}>{s === 0 ? 'No auto refresh' : s < 60 ? `Every ${s} s` : `Every ${s / 60} min`}</option>)}
        </Select>
        <Tooltip content="Ask again" relationship="label"><Button size="small" appearance="subtle" icon={<ArrowSyncRegular />} onClick={() => setRound(round + 1)} /></Tooltip>
        {editing ? (
          <>
            <Button size="small" icon={<AddRegular />} onClick={() => setTile({ id: tileID(), title: '', query: '', visualization: '', width: 6, height: 2 })}>Tile</Button>
            <Button size="small" icon={<AddRegular />} onClick={() => setTile({ id: tileID(), title: '', query: '', text: '', visualization: '', width: 12, height: 0 })}>Text</Button>
            <Button size="small" icon={<AddRegular />} onClick={() => setParameter(draft.parameters.length)}>Parameter</Button>
            <Button size="small" onClick={() => { setDraft(doc.body); setEditing(false) }}>Discard</Button>
            <Button size="small" appearance="primary" onClick={() => void save()}>Save</Button>
          </>
        ) : (
          <>
            <Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />} onClick={() => download(fileName(draft.title, 'json'), JSON.stringify(draft, null, 2), 'application/json')}>Export</Button>
            <Button size="small" appearance="subtle" icon={<ShareRegular />} onClick={() => void share()}>Share</Button>
            <Button size="small" icon={<EditRegular />} onClick={() => setEditing(true)}>Edit</Button>
          </>
        )}
      </div>
      {draft.description && !editing && <p className="muted dashboard-about">{draft.description}</p>}
      {error && <MessageBar intent="error"><MessageBarBody>{error}</MessageBarBody></MessageBar>}
      <ParameterBar
        parameters={draft.parameters} fillings={fillings} offers={offers} timespan={draft.timespan} round={round} editing={editing} onEdit={setParameter} onOffer={onOffer}
        onValue={(i, value) => change({ parameters: draft.parameters.with(i, { ...draft.parameters[i], value }) })}
      />
      {draft.tiles.length === 0 && <p className="muted">{editing ? 'Add a tile to begin.' : 'This dashboard is empty. Edit it to add tiles.'}</p>}
      <div className={'board' + (editing ? ' editing' : '')}>
        {tiles.map((t) => (
          <DashboardTileView
            key={t.id} tile={t} dashboard={draft} fillings={fillings} now={now} round={round} editing={editing} name={nameOf({ ...t, title: textFilled(t.title, fillings) })}
            onMove={(by) => moveTile(t.id, (list) => list.findIndex((x) => x.id === t.id) + by)} onMoveTo={(id) => moveTile(t.id, (list) => list.findIndex((x) => x.id === id))}
            onSize={(width, height) => { putTile({ ...t, width, height }); setSaid(`${nameOf(t)}: ${width} of 12 wide, ${height || 'half a row'} high`) }}
            onEdit={() => setTile(t)} onRemove={() => change({ tiles: draft.tiles.filter((x) => x.id !== t.id) })}
          />
        ))}
      </div>
      <div className="visually-hidden" aria-live="polite">{said}</div>
      {tile && <TileEditor tile={tile} dashboard={draft} fillings={fillings} onDone={putTile} onClose={() => setTile(undefined)} />}
      {parameter !== undefined && <ParameterEditor parameter={draft.parameters[parameter]} onDone={(p) => putParameter(parameter, p)} onClose={() => setParameter(undefined)} />}
      <Toaster toasterId="board" position="bottom-end" />
    </div>
  )
}

const nameOf = (t: DashboardTile) => t.title || (t.text !== undefined ? 'text' : 'tile')
