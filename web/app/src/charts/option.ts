import type { Render, Table } from '../api/query'
import { cellText, isNumber } from '../grid/format'
import { many } from '../parts/numbers'
import { axesChart } from './axes'
import type { DrawOptions, Drawing, Facts } from './frame'
import { hasAxes, ignoredOf, isMap, kindOf, whyUndrawn } from './render'
import { numberOf, shapeOf } from './shape'
import { pieChart, treemapChart } from './shares'
import { spansChart } from './spans'
import { mapChart } from './special'
import { valueText } from './values'

/** Draws a result as its render says. */
export function draw(table: Table, render: Render, o: DrawOptions): Drawing {
  const why = whyUndrawn(kindOf(render))
  if (why) return { kind: 'none', why }
  if (table.rows.length === 0) return { kind: 'none', why: 'There are no rows to draw.' }
  const drawing = drawn(table, render, o)
  return drawing.kind === 'none' ? drawing : { ...drawing, notes: [...ignoredOf(render), ...drawing.notes] }
}

function drawn(table: Table, render: Render, o: DrawOptions): Drawing {
  const kind = kindOf(render)
  if (kind === 'card') return card(table, render)
  if (kind === 'ladderchart' || kind === 'timepivot') return spansChart(table, render, o)
  if (isMap(render)) return mapChart(table, render, o)
  const shape = shapeOf(table, render)
  if ('why' in shape) return { kind: 'none', why: shape.why }
  if (kind === 'piechart') return pieChart(table, shape, render, o)
  if (kind === 'treemap') return treemapChart(table, shape, render, o)
  return axesChart(table, shape, render, o)
}

/** The values of the first row, each with the name of its column. */
function card(table: Table, render: Render): Drawing {
  const values = table.columns.map((c, i) => {
    const v = table.rows[0][i]
    const n = isNumber(c.type) ? numberOf(v) : null
    const value = n !== null ? valueText(n, 'number') : cellText(v, c.type) || '–'
    return { name: c.name, value, long: value.length > 14 }
  })
  const more = table.rows.length - 1
  return { kind: 'card', title: render.title ?? undefined, values, notes: more > 0 ? [`A card shows the first row; ${many(more, 'row')} more ${more === 1 ? 'is' : 'are'} in the table.`] : [] }
}

/** What a chart says to those who do not see it. */
export function summaryOf(table: Table, render: Render, facts: Facts): string {
  const { columns } = table
  const y = facts.columns.ys.map((i) => columns[i].name).join(', ')
  const x = columns[facts.columns.x]?.name
  const what = hasAxes(kindOf(render)) ? `${y} by ${x}` : [x, ...facts.columns.series.map((i) => columns[i].name)].filter(Boolean).join(', ')
  const names = facts.entries.length > 1 ? `, ${facts.entries.length} series` : ''
  const first = facts.numbers.slice(0, 3).map((n) => (n.least && n.largest && n.least !== n.largest ? `${n.name} from ${n.least} to ${n.largest}` : `${n.name} ${n.largest || n.last}`)).join('; ')
  return `${render.title ? render.title + ': ' : ''}${kindOf(render)} of ${what}${names}, ${many(facts.points, 'point')}. ${first}.`
}
