import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Select, ToggleButton } from '@fluentui/react-components'
import { ArrowDownloadRegular, TextBulletListSquareRegular, ZoomOutRegular } from '@fluentui/react-icons'
import type { EChartsType } from 'echarts/core'
import { useCallback, useState, type ReactNode } from 'react'
import type { Render, Table } from '../api/query'
import { exported } from '../grid/exporting'
import { download, fileName } from '../parts/download'
import { Chart } from './Chart'
import { chartKinds } from './option'

/** A chart with what one can do to it: another kind, the legend, the zoom, export. */
export function ChartPanel({ table, render, title, children }: { table: Table; render: Render; title: string; children?: ReactNode }) {
  const asked = (render.visualization ?? 'table').toLowerCase()
  const [kind, setKind] = useState(asked === 'table' ? 'columnchart' : asked)
  const [legend, setLegend] = useState(render.legend !== 'hidden')
  const [chart, setChart] = useState<EChartsType | undefined>(undefined)
  const follow = useCallback((c: EChartsType | undefined) => setChart(() => c), [])
  const known = (chartKinds as readonly string[]).includes(kind)
  const image = () => {
    const url = chart!.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: getComputedStyle(chart!.getDom()).getPropertyValue('--colorNeutralBackground1') || '#fff' })
    const data = Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (c) => c.charCodeAt(0))
    download(fileName(title, 'png'), new Blob([data], { type: 'image/png' }))
  }
  return (
    <div className="chart-panel">
      <div className="result-bar">
        {children}
        <Select size="small" aria-label="Kind of chart" value={kind} onChange={(_e, d) => setKind(d.value)}>
          {!known && <option value={kind}>{kind}</option>}
          {chartKinds.map((k) => <option key={k} value={k}>{k}</option>)}
        </Select>
        <ToggleButton size="small" appearance="subtle" icon={<TextBulletListSquareRegular />} checked={legend} onClick={() => setLegend(!legend)}>Legend</ToggleButton>
        <Button size="small" appearance="subtle" icon={<ZoomOutRegular />} disabled={!chart} onClick={() => chart?.dispatchAction({ type: 'dataZoom', start: 0, end: 100 })}>Reset zoom</Button>
        <span className="grow" />
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />}>Export</Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem disabled={!chart} onClick={image}>PNG image</MenuItem>
              <MenuItem onClick={() => download(fileName(title, 'csv'), exported('csv', table.columns, table.rows), 'text/csv')}>CSV file of the data</MenuItem>
              <MenuItem onClick={() => void navigator.clipboard?.writeText(exported('markdown', table.columns, table.rows))}>Copy data as Markdown</MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      </div>
      <div className="chart-body">
        <Chart table={table} render={{ ...render, visualization: kind }} legend={legend} onChart={follow} />
      </div>
    </div>
  )
}
