import { Button, Menu, MenuGroup, MenuGroupHeader, MenuItem, MenuList, MenuPopover, MenuTrigger, SearchBox } from '@fluentui/react-components'
import { ArrowDownloadRegular } from '@fluentui/react-icons'
import { useCallback, useDeferredValue, useMemo, useState, type ReactNode } from 'react'
import type { Column, Table, Value } from '../api/query'
import { download, fileName } from '../parts/download'
import { count } from '../parts/numbers'
import { ColumnChooser } from './ColumnChooser'
import { ColumnMenu, type ColumnAction } from './ColumnMenu'
import { Details } from './Details'
import { exported, formats, type Format } from './exporting'
import { describeFilter, FilterForm } from './FilterForm'
import { Grid, type Cell } from './Grid'
import { fitWidth, widthsOf } from './layout'
import { emptyView, linesOf, rowsOf, type Line, type Sort, type View } from './model'

interface ResultGridProps {
  table: Table
  title: string
  onCondition?: (column: Column, value: Value, not: boolean) => void
  /** Stands at the left of the bar. */
  children?: ReactNode
}

/** A result as a grid with everything one can do to it. Give it another key for another result. */
export function ResultGrid({ table, title, onCondition, children }: ResultGridProps) {
  const { columns, rows } = table
  const [view, setView] = useState<View>(emptyView)
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set())
  const [widths, setWidths] = useState(() => widthsOf(columns, rows))
  const [active, setActive] = useState<Cell>({ line: 0, column: 0 })
  const [opened, setOpened] = useState<number | undefined>(undefined)
  const [menu, setMenu] = useState<{ column: number; target: HTMLElement } | undefined>(undefined)
  const [filtering, setFiltering] = useState<{ column: number; target: HTMLElement } | undefined>(undefined)
  const deferred = useDeferredValue(view)
  const lines = useMemo(() => linesOf(columns, rows, deferred), [columns, rows, deferred])
  const shown = useMemo(() => inOrder(columns).filter((i) => !hidden.has(i) && !view.groups.includes(i)), [columns, hidden, view.groups])
  const change = useCallback((part: Partial<View>) => setView((v) => ({ ...v, ...part })), [])

  const open = useCallback((line: Line) => {
    if (line.kind === 'row') setOpened(line.row)
    else {
      setView((v) => {
        const next = new Set(v.open)
        if (!next.delete(line.path)) next.add(line.path)
        return { ...v, open: next }
      })
    }
  }, [])
  const onWidth = useCallback((column: number, width: number) => setWidths((w) => w.with(column, width)), [])
  const onMenu = useCallback((column: number, target: HTMLElement) => setMenu({ column, target }), [])
  const act = (a: ColumnAction) => {
    const { column, target } = menu!
    setMenu(undefined)
    if (a === 'filter') setFiltering({ column, target })
    else if (a === 'group') change({ groups: view.groups.includes(column) ? view.groups.filter((g) => g !== column) : [...view.groups, column] })
    else if (a === 'hide') setHidden(new Set([...hidden, column]))
    else if (a === 'fit') onWidth(column, fitWidth(columns[column], column, rows))
    else if (a === 'unsorted') change({ sorts: view.sorts.filter((s) => s.column !== column) })
    else change({ sorts: [{ column, descending: a === 'descending' }] })
  }
  const step = (by: number) => {
    for (let i = lines.findIndex((l) => l.kind === 'row' && l.row === opened) + by; i >= 0 && i < lines.length; i += by) {
      const line = lines[i]
      if (line.kind === 'row') {
        setOpened(line.row)
        setActive((a) => ({ ...a, line: i }))
        return
      }
    }
  }
  const output = (format: Format) => {
    const order = rowsOf(columns, rows, view)
    const kept = columns.map((_c, i) => i).filter((i) => !hidden.has(i))
    return exported(format, kept.map((i) => columns[i]), order.map((n) => kept.map((i) => rows[n][i])))
  }
  const chosenRows = lines.length === rows.length || view.groups.length > 0 ? '' : `${count(lines.length)} of ${count(rows.length)} shown`
  return (
    <div className="result">
      <div className="result-bar">
        {children}
        {view.groups.map((g) => <Chip key={'g' + g} text={'by ' + columns[g].name} onRemove={() => change({ groups: view.groups.filter((x) => x !== g) })} />)}
        {view.filters.map((f, i) => <Chip key={i} text={describeFilter(columns, f)} onRemove={() => change({ filters: view.filters.toSpliced(i, 1) })} />)}
        <span className="muted" style={{ fontSize: 12 }} aria-live="polite">{chosenRows}</span>
        <span className="grow" />
        <SearchBox size="small" placeholder="Search in result" aria-label="Search in result" value={view.search} onChange={(_e, d) => change({ search: d.value })} style={{ width: 170 }} />
        <ColumnChooser columns={columns} hidden={hidden} onChange={setHidden} />
        <OutputMenu title={title} output={output} />
      </div>
      <div className="result-main">
        <Grid
          columns={columns} rows={rows} lines={lines} shown={shown} widths={widths} view={view} label={`${title}: ${count(rows.length)} rows`} active={active} opened={opened}
          onActive={setActive} onOpen={open} onWidth={onWidth} onMenu={onMenu} onSort={(c, add) => change({ sorts: nextSorts(view.sorts, c, add) })}
        />
        {opened !== undefined && rows[opened] && (
          <Details columns={columns} row={rows[opened]} number={opened} seq={table.rowIds?.[opened] ?? null} onClose={() => setOpened(undefined)} onStep={step} onCondition={onCondition} />
        )}
      </div>
      {menu && (
        <ColumnMenu
          target={menu.target} sorted={view.sorts.some((s) => s.column === menu.column)} grouped={view.groups.includes(menu.column)}
          onAction={act} onClose={() => setMenu(undefined)}
        />
      )}
      {filtering && (
        <FilterForm
          target={filtering.target} column={filtering.column} name={columns[filtering.column].name}
          onDone={(f) => { setFiltering(undefined); if (f) change({ filters: [...view.filters, f] }) }}
        />
      )}
    </div>
  )
}

/** The columns as they come, but for whole records: of these people want to see the time first. */
function inOrder(columns: Column[]): number[] {
  const all = columns.map((_c, i) => i)
  const time = columns.findIndex((c) => c.name === 'TimeGenerated')
  return time > 0 && columns.length > 20 ? [time, ...all.filter((i) => i !== time)] : all
}

/** A click sorts up, then down, then not; with Shift the column joins those that sort already. */
function nextSorts(sorts: Sort[], column: number, add: boolean): Sort[] {
  const now = sorts.find((s) => s.column === column)
  const others = add ? sorts.filter((s) => s.column !== column) : []
  if (!now) return [...others, { column, descending: false }]
  return now.descending ? others : [...others, { column, descending: true }]
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <span className="chip">
      <span>{text}</span>
      <button type="button" aria-label={`Remove: ${text}`} onClick={onRemove}>×</button>
    </span>
  )
}

function OutputMenu({ title, output }: { title: string; output: (f: Format) => string }) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />}>Export</Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>Save as</MenuGroupHeader>
            {formats.map((f) => <MenuItem key={f.id} onClick={() => download(fileName(title, f.extension), output(f.id), f.type)}>{f.label} file</MenuItem>)}
          </MenuGroup>
          <MenuGroup>
            <MenuGroupHeader>Copy as</MenuGroupHeader>
            {formats.map((f) => <MenuItem key={f.id} onClick={() => void navigator.clipboard?.writeText(output(f.id))}>{f.label}</MenuItem>)}
          </MenuGroup>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
