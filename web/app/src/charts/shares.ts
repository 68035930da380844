import type { Render, Table } from '../api/query'
import { count, many } from '../parts/numbers'
import { slicesOf } from './data'
import { frame, showsLegend, titleOf, topOf, type DrawOptions, type Drawing, type Entry } from './frame'
import { inkOn, lookOf } from './palette'
import { nameOf, numberOf, type Shape } from './shape'
import { escaped, shortened, valueText, type Measure } from './values'

const measureOf = (table: Table, shape: Shape): Measure => (table.columns[shape.ys[0]].type === 'timespan' ? 'span' : 'number')

/** A ring of shares: the names in x and the series, the first column of y. */
export function pieChart(table: Table, shape: Shape, render: Render, o: DrawOptions): Drawing {
  const { slices, notes } = slicesOf(table, shape, o.most ?? (o.compact ? 8 : 16))
  const total = slices.reduce((n, s) => n + s.value, 0)
  if (total <= 0) return { kind: 'none', why: 'Nothing adds up to more than zero, so there are no shares to draw.' }
  const m = measureOf(table, shape)
  const looks = slices.map((s, i) => ({ ...s, color: s.row < 0 && i === slices.length - 1 && i > 0 ? o.palette.faint : lookOf(o.palette, i).color }))
  const percent = (v: number, of = total) => `${((100 * v) / of).toLocaleString('en-US', { maximumFractionDigits: 1 })} %`
  const entries: Entry[] = looks.map((s) => ({ name: s.name, color: s.color, dash: 'solid', mark: 'box', text: `${valueText(s.value, m)} (${percent(s.value)})` }))
  const seen = looks.filter((s) => !o.hidden?.has(s.name))
  const seenTotal = seen.reduce((n, s) => n + s.value, 0)
  const base = frame(o, entries)
  const legend = showsLegend(o, entries)
  const narrow = (o.width ?? 900) < 560
  const alone = o.compact && seen.length === 1 // without a legend only the slice itself can say what it is
  return {
    kind: 'chart', notes,
    facts: { entries, x: 'none', y: [], columns: shape, step: 0, points: slices.length, numbers: slices.map((s) => ({ name: s.name, points: 1, least: valueText(s.value, m), largest: valueText(s.value, m), last: percent(s.value) })) },
    option: {
      ...base,
      title: titleOf(render.title, o),
      tooltip: { ...(base.tooltip as object), trigger: 'item', formatter: (p: { name: string; value: number }) => `${escaped(p.name)}<br><b>${valueText(p.value, m)}</b> (${percent(p.value, seenTotal)})` },
      series: [{
        type: 'pie', top: topOf(render.title, o), bottom: legend ? 30 : 4, radius: o.compact ? ['44%', '80%'] : ['40%', narrow ? '62%' : '72%'], center: ['50%', '50%'], minShowLabelAngle: 7, avoidLabelOverlap: true,
        data: seen.map((s) => ({ name: s.name, value: s.value, row: s.row, itemStyle: { color: s.color } })), itemStyle: { borderColor: o.palette.surface, borderWidth: seen.length > 1 ? 2 : 0 },
        label: { show: !o.compact || alone, position: alone ? 'center' : 'outside', color: o.palette.text, formatter: (p: { name: string; value: number }) => `${shortened(p.name, narrow ? 14 : 32)}\n${percent(p.value, seenTotal)}`, lineHeight: 15 },
        labelLine: { show: !o.compact, lineStyle: { color: o.palette.faint } }, emphasis: { scaleSize: 4 },
      }],
    },
  }
}

interface Node {
  name: string
  value: number
  row: number
  children?: Node[]
  itemStyle?: object
  label?: object
}

const mostTiles = 1000

/** Tiles in tiles: a level for each column of names, sized by the column of y. */
export function treemapChart(table: Table, shape: Shape, render: Render, o: DrawOptions): Drawing {
  const y = shape.ys[0]
  const m = measureOf(table, shape)
  const levels = render.series?.length ? shape.series : [shape.x, ...shape.series]
  const root: Node = { name: '', value: 0, row: -1, children: [] }
  const notes: string[] = []
  let bad = 0
  let tiles = 0
  table.rows.forEach((r, row) => {
    const value = numberOf(r[y], table.columns[y])
    if (value === null || value <= 0) {
      if (value !== 0 && value !== null) bad++
      return
    }
    if (tiles >= mostTiles) return
    let node = root
    for (const level of levels) {
      const name = nameOf(r[level])
      node.children ??= []
      let child = node.children.find((c) => c.name === name)
      if (!child) {
        node.children.push((child = { name, value: 0, row }))
        tiles++
      }
      child.value += value
      node = child
    }
  })
  if (bad > 0) notes.push(`${many(bad, 'value')} below zero ${bad === 1 ? 'has' : 'have'} no tile.`)
  if (tiles >= mostTiles) notes.push(`Only the first ${count(mostTiles)} tiles are drawn.`)
  if (shape.ys.length > 1) notes.push(`Drawn is ${table.columns[y].name}; tiles have one size.`)
  const top = root.children ?? []
  if (top.length === 0) return { kind: 'none', why: 'Nothing is larger than zero, so there are no tiles to draw.' }
  top.sort((a, b) => b.value - a.value)
  const entries: Entry[] = top.slice(0, 40).map((n, i) => ({ name: n.name, color: lookOf(o.palette, i).color, dash: 'solid', mark: 'box', text: valueText(n.value, m) }))
  const paint = (n: Node, color: string): Node => ({ ...n, itemStyle: { color }, label: { color: inkOn(color) }, children: n.children?.map((c) => paint(c, color)) })
  const data = top.filter((n) => !o.hidden?.has(n.name)).map((n) => paint(n, lookOf(o.palette, top.indexOf(n)).color))
  const deep = levels.length > 1
  const base = frame({ ...o, legend: false }, [])
  const { palette } = o
  return {
    kind: 'chart', notes,
    facts: { entries, x: 'none', y: [], columns: shape, step: 0, points: tiles, numbers: top.slice(0, 50).map((n) => ({ name: n.name, points: n.children?.length ?? 1, least: '', largest: '', last: valueText(n.value, m) })) },
    option: {
      ...base,
      title: titleOf(render.title, o),
      tooltip: { ...(base.tooltip as object), trigger: 'item', formatter: (p: { name: string; value: number; treePathInfo?: { name: string }[] }) => `${escaped((p.treePathInfo ?? []).slice(1).map((t) => t.name).join(' › ') || p.name)}<br><b>${valueText(p.value, m)}</b>` },
      series: [{
        type: 'treemap', name: 'All', roam: false, nodeClick: deep ? 'zoomToNode' : false, data, left: 8, right: 8, top: topOf(render.title, o) - 4, bottom: deep && !o.compact ? 32 : 6, visibleMin: 20,
        breadcrumb: { show: deep && !o.compact, bottom: 4, height: 20, itemStyle: { color: palette.line, borderColor: palette.surface, textStyle: { color: palette.text } }, emphasis: { itemStyle: { color: palette.line } } },
        label: { formatter: (p: { name: string; value: number }) => `${p.name}\n${valueText(p.value, m)}`, fontSize: 12, lineHeight: 16, overflow: 'truncate' },
        upperLabel: { show: deep, height: 22, fontSize: 12, overflow: 'truncate', color: palette.text, formatter: (p: { name: string; value: number }) => `${p.name}  ${valueText(p.value, m)}` },
        itemStyle: { borderColor: palette.surface, borderWidth: 1, gapWidth: 1 },
        levels: deep ? [{ itemStyle: { gapWidth: 3, borderWidth: 0 }, upperLabel: { show: false } }, { itemStyle: { gapWidth: 1, borderWidth: 1 } }, { itemStyle: { gapWidth: 1 } }] : undefined,
      }],
    },
  }
}
