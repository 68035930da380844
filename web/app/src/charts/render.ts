import type { Render } from '../api/query'
import { kqlName } from '../grid/path'
import { literal } from '../logs/condition'

/** The kinds of charts that are drawn, in the order of the chooser. */
export const chartKinds = [
  'timechart', 'linechart', 'areachart', 'stackedareachart', 'columnchart', 'barchart', 'piechart', 'scatterchart', 'anomalychart', 'treemap', 'card', 'pivotchart', 'ladderchart', 'timepivot',
] as const

/** Why kinds that Kusto knows are not drawn. */
const undrawn: Record<string, string> = {
  plotly: 'A plotly result holds a figure for the Plotly library, which the console does not carry (it is larger than the console).',
  graph: 'Graphs are not drawn: the query language here has no graph operators.',
  list: 'A list is not drawn.',
  timeline: 'A timeline is not drawn; a timepivot or a ladderchart shows events over time.',
  table: 'The query asks for a table.',
}

export const kindOf = (r: Render) => r.visualization ?? 'table'

/** Why a kind is not drawn, undefined if it is. */
export function whyUndrawn(kind: string): string | undefined {
  if ((chartKinds as readonly string[]).includes(kind)) return undefined
  return undrawn[kind] ?? `Charts of the kind ${kind} are not drawn here. Drawn are ${chartKinds.join(', ')}.`
}

type Property = Exclude<keyof Render, 'visualization'>

const words: Record<Property, string> = {
  title: 'title', kind: 'kind', legend: 'legend', series: 'series', xColumn: 'xcolumn', xTitle: 'xtitle', xAxis: 'xaxis', xMin: 'xmin', xMax: 'xmax', yColumns: 'ycolumns', yTitle: 'ytitle',
  yAxis: 'yaxis', yMin: 'ymin', yMax: 'ymax', ySplit: 'ysplit', accumulate: 'accumulate', anomalyColumns: 'anomalycolumns',
}

const onAxes: Property[] = ['title', 'legend', 'series', 'xColumn', 'xTitle', 'xAxis', 'xMin', 'xMax', 'yColumns', 'yTitle', 'yAxis', 'yMin', 'yMax', 'ySplit', 'accumulate']
const onTime: Property[] = onAxes.filter((p) => p !== 'xAxis')
const spans: Property[] = ['title', 'legend', 'series', 'xColumn', 'xTitle', 'yTitle', 'xMin', 'xMax']

/** What each kind does something with. */
const used: Record<(typeof chartKinds)[number], Property[]> = {
  timechart: onTime, linechart: onAxes, areachart: [...onAxes, 'kind'], stackedareachart: onAxes, columnchart: [...onAxes, 'kind'], barchart: [...onAxes, 'kind'], pivotchart: onAxes,
  scatterchart: [...onAxes, 'kind'], anomalychart: [...onTime, 'anomalyColumns'], piechart: ['title', 'kind', 'legend', 'series', 'xColumn', 'yColumns'], treemap: ['title', 'series', 'xColumn', 'yColumns'], card: ['title'],
  ladderchart: spans, timepivot: spans,
}

const stackings = ['default', 'unstacked', 'stacked', 'stacked100']
const kindsOf: Partial<Record<string, string[]>> = { areachart: stackings, columnchart: stackings, barchart: stackings, scatterchart: ['default', 'map'], piechart: ['default', 'map'] }

/** The ways of stacking that a kind of chart has. */
export const stackingsOf = (kind: string): string[] => (kindsOf[kind] === stackings ? stackings.filter((s) => s !== 'unstacked') : [])

/** Whether a kind has an x and a y axis, and so everything that goes with them. */
export const hasAxes = (kind: string) => used[kind as keyof typeof used]?.includes('ySplit') ?? false

const said = (v: unknown) => v !== null && v !== undefined && v !== '' && v !== false && v !== 'NaN' && !(Array.isArray(v) && v.length === 0)

/** The render's notes to the reader: what of it has no effect on this kind of chart. */
export function ignoredOf(r: Render): string[] {
  const kind = kindOf(r)
  const known = used[kind as keyof typeof used]
  if (!known) return []
  const idle = (Object.keys(words) as Property[]).filter((p) => said(r[p]) && !known.includes(p) && !(p === 'kind' && r.kind === 'default')).map((p) => words[p])
  const notes = idle.length > 0 ? [`${kind} does not use ${idle.join(', ')}.`] : []
  if (r.kind && known.includes('kind') && !kindsOf[kind]?.includes(r.kind)) notes.push(`${kind} has no kind ${r.kind}.`)
  return notes
}

/** Whether points and pies stand on a map of the world. */
export const isMap = (r: Render) => r.kind === 'map' && (kindOf(r) === 'scatterchart' || kindOf(r) === 'piechart')

/** The render operator that asks for this chart. */
export function renderText(r: Render): string {
  const kind = kindOf(r)
  const known = used[kind as keyof typeof used] ?? []
  const parts = (Object.keys(words) as Property[]).flatMap((p) => {
    const v = r[p]
    return said(v) && known.includes(p) ? [`${words[p]}=${valueText(p, v as string | string[] | boolean)}`] : []
  })
  return `render ${kind}${parts.length > 0 ? ` with (${parts.join(', ')})` : ''}`
}

function valueText(p: Property, v: string | string[] | boolean): string {
  if (Array.isArray(v)) return v.map(kqlName).join(', ')
  const text = String(v)
  if (p === 'xColumn') return kqlName(text)
  if (p === 'title' || p === 'xTitle' || p === 'yTitle') return literal(text, 'string')
  return (p === 'xMin' || p === 'xMax') && /^\d{4}-\d\d/.test(text) ? `datetime(${text})` : text
}

const texts = String.raw`@"[^"\n]*"|@'[^'\n]*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|//[^\n]*`

/** The query with this render at its end, in place of the one it has. */
export function withRender(query: string, r: Render): string {
  const body = query.replace(/\s*;?\s*$/, '')
  // Words in texts and comments mean nothing; the blanks keep every place where it is.
  const plain = body.replace(new RegExp(texts, 'g'), (t) => ' '.repeat(t.length))
  const at = /\|\s*render\b[^|;]*$/.exec(plain)?.index
  // A comment at the end would swallow what is put behind it; the operator starts a line of its own.
  const kept = (at === undefined ? body : body.slice(0, at)).trimEnd()
  return `${kept}\n| ${renderText(r)}`
}
