import { Button, Menu, MenuItem, MenuItemCheckbox, MenuList, MenuPopover, MenuTrigger, Select, Spinner, Tooltip } from '@fluentui/react-components'
import { ArrowDownloadRegular, CodeRegular, EyeRegular, TimelineRegular, ZoomInRegular, ZoomOutRegular } from '@fluentui/react-icons'
import type { EChartsType } from 'echarts/core'
import { Suspense, lazy, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { Column, Render, Table, Value } from '../api/query'
import { useDark } from '../app/theme'
import { exported } from '../grid/exporting'
import { download, fileName } from '../parts/download'
import { Cards } from './Chart'
import { Columns } from './Columns'
import type { DrawOptions } from './frame'
import { showAll, zoomBy } from './gestures'
import { Legend } from './Legend'
import { useContrast, useStill } from './media'
import { draw, summaryOf } from './option'
import { darkPalette, lightPalette } from './palette'
import { PointMenu, type Picked } from './PointMenu'
import { chartKinds, renderText } from './render'
import './charts.css'

const Canvas = lazy(() => import('./Canvas'))

interface ChartPanelProps {
  table: Table
  render: Render
  title: string
  /** The rows, for results that are not drawn. */
  rows: ReactNode
  /** Opens the query with a condition behind it. */
  onCondition: (column: Column, value: Value, not: boolean) => void
  /** Asks the query again for that time. */
  onTime: (from: string, to: string) => void
  /** Puts the chart as it stands into the query. */
  onRender: (r: Render) => void
  children?: ReactNode
}

const nothing: ReadonlySet<string> = new Set()

/** A chart with what one can do to it: another kind, other columns, the legend, the zoom, export. */
export function ChartPanel({ table, render, title, rows, onCondition, onTime, onRender, children }: ChartPanelProps) {
  const [chosen, setChosen] = useState<Partial<Render>>({})
  const [hidden, setHidden] = useState<ReadonlySet<string> | undefined>(undefined)
  const [legend, setLegend] = useState(render.legend !== 'hidden')
  const [patterns, setPatterns] = useState(useContrast())
  const [every, setEvery] = useState(false)
  const [chart, setChart] = useState<EChartsType | undefined>(undefined)
  const [sight, setSight] = useState<{ from: number; to: number } | undefined>(undefined)
  const [picked, setPicked] = useState<Picked | undefined>(undefined)
  const body = useRef<HTMLDivElement>(null)
  const width = useWidth(body)
  const dark = useDark()
  const still = useStill()
  const follow = useCallback((c: EChartsType | undefined) => setChart(() => c), [])

  const asked = render.visualization ?? 'table'
  const shown = useMemo<Render>(() => ({ ...render, visualization: asked === 'table' ? firstKind(table) : asked, ...chosen }), [render, asked, chosen, table])
  const kind = shown.visualization!
  const options = useMemo<DrawOptions>(() => ({ palette: dark ? darkPalette : lightPalette, hidden, patterns, still, width, most: every ? 500 : undefined }), [dark, hidden, patterns, still, width, every])
  const drawing = useMemo(() => draw(table, shown, options), [table, shown, options])
  const facts = drawing.kind === 'chart' ? drawing.facts : undefined
  const change = (part: Partial<Render>) => {
    setChosen((c) => ({ ...c, ...part }))
    setHidden(undefined)
  }
  const image = async (format: 'png' | 'svg') => {
    const whole = draw(table, shown, { ...options, legend, still: true })
    if (!chart || whole.kind !== 'chart') return
    const { imageOf } = await import('./image')
    download(fileName(title, format), await imageOf(whole.option, chart, options.palette.surface, format))
  }
  const hover = (name: string | undefined) => chart?.dispatchAction(name === undefined ? { type: 'downplay' } : { type: 'highlight', seriesName: name, name })
  const name = `${kind} ${facts?.columns.x} ${shown.kind} ${shown.ySplit}`
  const interaction = useMemo(() => ({ name, at: facts?.at, onSight: setSight, onPick: (row: number, place: Picked['place']) => setPicked({ row, place }) }), [name, facts])
  const entries = facts?.entries ?? []
  const off = hidden ?? facts?.off ?? nothing
  const withLegend = legend && (entries.length > 1 || off.size > 0)
  const limited = facts !== undefined && drawing.kind === 'chart' && entries.some((e) => e.name.startsWith('Other (')) && !every
  const summary = facts ? summaryOf(table, shown, facts) : ''
  return (
    <div className="chart-panel">
      <div className="result-bar">
        {children}
        <Select size="small" aria-label="Kind of chart" value={kind} onChange={(_e, d) => change({ visualization: d.value, kind: null })}>
          {!(chartKinds as readonly string[]).includes(kind) && <option value={kind}>{kind}</option>}
          {chartKinds.map((k) => <option key={k} value={k}>{k}</option>)}
        </Select>
        {drawing.kind !== 'card' && <Columns columns={table.columns} render={shown} drawn={facts?.columns} onChange={change} />}
        <Tooltip content={`Write ${renderText(shown)} into the query`} relationship="description">
          <Button size="small" appearance="subtle" icon={<CodeRegular />} disabled={Object.keys(chosen).length === 0 && asked !== 'table'} onClick={() => onRender(shown)}><span className="chart-word">Put into query</span></Button>
        </Tooltip>
        {drawing.kind === 'chart' && (
          <>
            <Button size="small" appearance="subtle" icon={<ZoomInRegular />} aria-label="Zoom in" title="Zoom in: drag across the chart, or + on the keyboard" disabled={!chart} onClick={() => chart && zoomBy(chart, 0.5)} />
            <Button size="small" appearance="subtle" icon={<ZoomOutRegular />} disabled={!chart} title="0 on the keyboard" onClick={() => chart && showAll(chart)}><span className="chart-word">Reset zoom</span></Button>
            {sight && facts?.x === 'time' && (
              <Button size="small" appearance="primary" icon={<TimelineRegular />} onClick={() => onTime(new Date(sight.from).toISOString(), new Date(sight.to).toISOString())}>Query this time</Button>
            )}
          </>
        )}
        <span className="grow" />
        {drawing.kind === 'chart' && (
          <Menu checkedValues={{ view: [...(legend ? ['legend'] : []), ...(patterns ? ['patterns'] : [])] }} onCheckedValueChange={(_e, d) => (setLegend(d.checkedItems.includes('legend')), setPatterns(d.checkedItems.includes('patterns')))}>
            <MenuTrigger disableButtonEnhancement>
              <Button size="small" appearance="subtle" icon={<EyeRegular />}><span className="chart-word">View</span></Button>
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItemCheckbox name="view" value="legend">Legend</MenuItemCheckbox>
                <MenuItemCheckbox name="view" value="patterns">Patterns besides colours</MenuItemCheckbox>
              </MenuList>
            </MenuPopover>
          </Menu>
        )}
        {drawing.kind !== 'none' && <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />}><span className="chart-word">Export</span></Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem disabled={!chart || !facts} onClick={() => void image('png')}>PNG image</MenuItem>
              <MenuItem disabled={!chart || !facts} onClick={() => void image('svg')}>SVG image</MenuItem>
              <MenuItem onClick={() => download(fileName(title, 'csv'), exported('csv', table.columns, table.rows), 'text/csv;charset=utf-8')}>CSV file of the data</MenuItem>
              <MenuItem onClick={() => void navigator.clipboard?.writeText(exported('markdown', table.columns, table.rows))}>Copy data as Markdown</MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>}
      </div>
      {drawing.kind !== 'none' && drawing.notes.length > 0 && (
        <p className="chart-notes" role="status">
          {drawing.notes.join(' ')}
          {limited && <button className="chart-link" onClick={() => setEvery(true)}>Draw up to 500</button>}
        </p>
      )}
      {drawing.kind === 'none' ? (
        <>
          <p className="chart-notes" role="status">{drawing.why}</p>
          <div className="chart-rows">{rows}</div>
        </>
      ) : (
        <div className={'chart-body' + (entries.length > 12 ? ' beside' : '')} ref={body}>
          {drawing.kind === 'card' ? <Cards drawing={drawing} /> : (
            <div className="chart-place">
              <Suspense fallback={<Spinner size="small" className="waiting" />}>
                {width > 0 && (
                  <Canvas
                    option={drawing.option} label={summary} onChart={follow} interaction={interaction}
                    facts={{ kind, x: drawing.facts.x, y: drawing.facts.y.join(' '), series: drawing.facts.entries.length, points: drawing.facts.points }}
                  />
                )}
              </Suspense>
            </div>
          )}
          {withLegend && <Legend entries={entries} hidden={off} onHidden={setHidden} onHover={hover} />}
          {facts && <Numbers facts={facts} summary={summary} />}
        </div>
      )}
      {picked && facts && picked.row >= 0 && <PointMenu table={table} facts={facts} picked={picked} onClose={() => setPicked(undefined)} onCondition={onCondition} onTime={onTime} />}
    </div>
  )
}

/** The chart in words and numbers, for those who hear the page. */
function Numbers({ facts, summary }: { facts: NonNullable<Extract<ReturnType<typeof draw>, { kind: 'chart' }>['facts']>; summary: string }) {
  return (
    <table className="visually-hidden">
      <caption>{summary}</caption>
      <thead><tr><th scope="col">Series</th><th scope="col">Points</th><th scope="col">Least</th><th scope="col">Largest</th><th scope="col">Last</th></tr></thead>
      <tbody>
        {facts.numbers.slice(0, 100).map((n, i) => <tr key={i}><th scope="row">{n.name}</th><td>{n.points}</td><td>{n.least}</td><td>{n.largest}</td><td>{n.last}</td></tr>)}
      </tbody>
    </table>
  )
}

/** What to draw of a result that does not say. */
const firstKind = (t: Table) => (t.columns.some((c) => c.type === 'datetime') ? 'timechart' : 'columnchart')

/** The width of a box, in steps of 40 pixels: a chart is not laid out anew for each of them. */
function useWidth(box: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const el = box.current
    if (!el) return
    const observer = new ResizeObserver(() => setWidth(Math.max(40, Math.floor(el.clientWidth / 40) * 40)))
    observer.observe(el)
    return () => observer.disconnect()
  })
  return width
}
