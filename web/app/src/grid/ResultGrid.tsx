import { Button, SearchBox } from '@fluentui/react-components'
import { useCallback, useDeferredValue, useMemo, useState, type ReactNode } from 'react'
import type { Column, Table, Value } from '../api/query'
import { count } from '../parts/numbers'
import { CellMenu, type CellAction } from './CellMenu'
import { ColumnChooser } from './ColumnChooser'
import { ColumnMenu, type ColumnAction } from './ColumnMenu'
import { Details } from './Details'
import { exported, type Format } from './exporting'
import { describeFilter, FilterForm } from './FilterForm'
import { textOf } from './format'
import { Grid } from './Grid'
import { fitWidth } from './layout'
import { emptyView, groupPaths, linesOf, rowsOf, valuesOf, type Filter, type Line, type Sort, type View } from './model'
import { OutputMenu } from './OutputMenu'
import type { Path } from './path'
import { areaOf, at, copyCells, copyRows, rowsIn, type Cell, type Selection } from './selection'
import { useColumns } from './useColumns'
import { ZoneChoice } from './ZoneChoice'

/** Adds a condition to the query: that a column, or what is inside it at a path, has the value or has it not. */
export type OnCondition = (column: Column, value: Value, not: boolean, path?: Path) => void

interface ResultGridProps {
  table: Table
  title: string
  /** The columns to show at first, in order, where the result has too many. */
  main?: number[]
  onCondition?: OnCondition
  /** Stands at the left of the bar. */
  children?: ReactNode
}

/** A result as a grid with everything one can do to it. Give it another key for another result. */
export function ResultGrid({ table, title, main, onCondition, children }: ResultGridProps) {
  const { columns, rows } = table
  const [view, setView] = useState<View>(emptyView)
  const [selection, setSelection] = useState<Selection>(at({ line: 0, column: 0 }))
  const [opened, setOpened] = useState<number | undefined>(undefined)
  const [menu, setMenu] = useState<{ column: number; target: HTMLElement } | undefined>(undefined)
  const [filtering, setFiltering] = useState<{ column: number; target: HTMLElement } | undefined>(undefined)
  const [cellMenu, setCellMenu] = useState<{ x: number; y: number } | undefined>(undefined)
  const deferred = useDeferredValue(view)
  const lines = useMemo(() => linesOf(columns, rows, deferred), [columns, rows, deferred])
  const cols = useColumns(columns, rows, main, view.groups)
  const { shown } = cols
  const change = useCallback((part: Partial<View>) => setView((v) => ({ ...v, ...part })), [])
  const setFilter = (column: number, f?: Filter) => change({ filters: [...view.filters.filter((x) => x.column !== column), ...(f ? [f] : [])] })

  const onActive = useCallback((c: Cell, extend?: boolean) => setSelection((s) => (extend ? { anchor: s.anchor, active: c } : at(c))), [])
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
  const onMenu = useCallback((column: number, target: HTMLElement) => setMenu({ column, target }), [])
  const act = (a: ColumnAction) => {
    const { column, target } = menu!
    setMenu(undefined)
    const others = view.sorts.filter((s) => s.column !== column)
    if (a === 'filter') setFiltering({ column, target })
    else if (a === 'group') change({ groups: view.groups.includes(column) ? view.groups.filter((g) => g !== column) : [...view.groups, column] })
    else if (a === 'hide') cols.hide(new Set([...cols.hidden, column]))
    else if (a === 'fit') cols.setWidth(column, fitWidth(columns[column], column, rows))
    else if (a === 'pin') cols.pin(column)
    else if (a === 'left' || a === 'right') cols.move(column, shown.indexOf(column) + (a === 'left' ? -1 : 1))
    else if (a === 'unsorted') change({ sorts: others })
    else if (a === 'thenAscending' || a === 'thenDescending') change({ sorts: [...others, { column, descending: a === 'thenDescending' }] })
    else change({ sorts: [{ column, descending: a === 'descending' }] })
  }
  const area = areaOf(selection)
  const actOnCell = (a: CellAction) => {
    const line = lines[selection.active.line]
    const number = shown[selection.active.column]
    if (line?.kind !== 'row' || number === undefined) return
    const value = rows[line.row][number]
    if (a === 'copy' || a === 'copyHeads') void navigator.clipboard?.writeText(copyCells(columns, rows, lines, shown, area, a === 'copyHeads'))
    else if (a === 'copyRows') void navigator.clipboard?.writeText(copyRows(columns, rows, lines, area))
    else if (a === 'details') open(line)
    else if (a === 'filter') setFilter(number, { column: number, how: 'oneof', value: '', values: [textOf(value)] })
    else onCondition?.(columns[number], value, a === 'not')
  }
  const step = (by: number) => {
    for (let i = lines.findIndex((l) => l.kind === 'row' && l.row === opened) + by; i >= 0 && i < lines.length; i += by) {
      const line = lines[i]
      if (line.kind === 'row') {
        setOpened(line.row)
        setSelection((s) => at({ ...s.active, line: i }))
        return
      }
    }
  }
  const output = (format: Format, onlyShown: boolean) => {
    const order = rowsOf(columns, rows, view)
    const kept = onlyShown ? [...view.groups, ...shown] : columns.map((_c, i) => i)
    return exported(format, kept.map((i) => columns[i]), order.map((n) => kept.map((i) => rows[n][i])))
  }
  const chosenRows = lines.length === rows.length || view.groups.length > 0 ? '' : `${count(lines.length)} of ${count(rows.length)} shown`
  const cells = (area.bottom - area.top + 1) * (area.right - area.left + 1)
  return (
    <div className="result">
      <div className="result-bar">
        {children}
        {view.groups.map((g) => <Chip key={'g' + g} text={'by ' + columns[g].name} onRemove={() => change({ groups: view.groups.filter((x) => x !== g) })} />)}
        {view.groups.length > 0 && (
          <Button size="small" appearance="transparent" onClick={() => change({ open: view.open.size > 0 ? new Set() : groupPaths(columns, rows, view) })}>{view.open.size > 0 ? 'Close all' : 'Open all'}</Button>
        )}
        {view.filters.map((f) => <Chip key={f.column} text={describeFilter(columns, f)} onRemove={() => setFilter(f.column)} />)}
        <span className="muted" style={{ fontSize: 12 }} aria-live="polite">{cells > 1 ? `${count(cells)} cells chosen` : chosenRows}</span>
        <span className="grow" />
        <SearchBox size="small" placeholder="Search in result" aria-label="Search in result" value={view.search} onChange={(_e, d) => change({ search: d.value })} style={{ width: 170 }} />
        {columns.some((c) => c.type === 'datetime') && <ZoneChoice />}
        <ColumnChooser columns={columns} hidden={cols.hidden} main={main} onChange={cols.hide} />
        <OutputMenu title={title} output={output} shown={shown.length + view.groups.length} all={columns.length} onlyShown={cols.chosen} />
      </div>
      <div className="result-main">
        <Grid
          columns={columns} rows={rows} lines={lines} shown={shown} pins={cols.pins} widths={cols.widths} view={view} label={`${title}: ${count(rows.length)} rows`} active={selection.active} anchor={selection.anchor}
          opened={opened} onActive={onActive} onOpen={open} onWidth={cols.setWidth} onMenu={onMenu} onMove={cols.move} onSort={(c, add) => change({ sorts: nextSorts(view.sorts, c, add) })}
          onCellMenu={(_c, where) => setCellMenu(where)}
        />
        {opened !== undefined && rows[opened] && (
          <Details columns={columns} row={rows[opened]} number={opened} seq={table.rowIds?.[opened] ?? null} onClose={() => setOpened(undefined)} onStep={step} onCondition={onCondition} />
        )}
      </div>
      {menu && (
        <ColumnMenu
          target={menu.target} sorted={view.sorts.some((s) => s.column === menu.column)} othersSort={view.sorts.some((s) => s.column !== menu.column)} grouped={view.groups.includes(menu.column)}
          pinned={cols.pinned.has(menu.column)} onAction={act} onClose={() => setMenu(undefined)}
        />
      )}
      {cellMenu && <CellMenu at={cellMenu} count={rowsIn(lines, area).length} condition={!!onCondition && columns[shown[selection.active.column]]?.type !== 'dynamic'} onAction={actOnCell} onClose={() => setCellMenu(undefined)} />}
      {filtering && (
        <FilterForm
          target={filtering.target} number={filtering.column} column={columns[filtering.column]} values={valuesOf(columns, rows, view, filtering.column)}
          current={view.filters.find((f) => f.column === filtering.column)} onDone={(f) => { setFiltering(undefined); if (f) setFilter(f.column, f) }}
        />
      )}
    </div>
  )
}

/** A click sorts up, then down, then not; with Shift the column joins those that sort already. */
function nextSorts(sorts: Sort[], column: number, add: boolean): Sort[] {
  const now = sorts.find((s) => s.column === column)
  if (add && now && !now.descending) return sorts.map((s) => (s === now ? { column, descending: true } : s))
  const others = add ? sorts.filter((s) => s.column !== column) : []
  if (!now) return [...others, { column, descending: false }]
  return now.descending ? others : [...others, { column, descending: true }]
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <span className="chip">
      <span title={text}>{text}</span>
      <button type="button" aria-label={`Remove: ${text}`} onClick={onRemove}>×</button>
    </span>
  )
}
