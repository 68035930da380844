import { namesIn } from './fill'
import { emptyDashboard, tileID, type Condition, type Dashboard, type DashboardTile, type Height, type Width } from './model'
import { exportsOf, parameterOf, tabsOf, type Content, type Item } from './workbookParameters'

/** What an import made of a workbook, and what of it has no place on a dashboard. */
export interface Imported {
  dashboard: Dashboard
  left: string[]
}

// How workbooks name what KQL names otherwise.
const charts: Record<string, string> = {
  areachart: 'areachart', barchart: 'columnchart', categoricalbar: 'columnchart', unstackedbar: 'columnchart', linechart: 'timechart', piechart: 'piechart', scatterchart: 'scatterchart',
  timechart: 'timechart', table: 'table', tiles: 'table', stat: 'card', card: 'card', map: 'table', graph: 'table', honeycomb: 'treemap',
}

/** What workbooks ask beside Log Analytics, by their number for it. */
const services: Record<number, string> = {
  1: 'Azure Resource Graph', 2: 'Azure Health', 4: 'alerts of Azure Monitor', 7: 'a merge of other queries’ results', 8: 'data written into the workbook', 9: 'Azure Data Explorer', 10: 'Azure’s metrics', 11: 'Azure roles', 12: 'Azure Resource Manager',
  13: 'change analysis', 14: 'a custom endpoint', 16: 'Prometheus',
}

/** Finds the workbook in what people export: the workbook itself, its gallery form, or an ARM template around it. */
export function findWorkbook(value: unknown): { title: string; items: Item[] } | undefined {
  const v = value as { items?: Item[]; version?: string; resources?: { properties?: { serializedData?: string; displayName?: string } }[]; properties?: { serializedData?: string; displayName?: string } } | null
  if (!v || typeof v !== 'object') return undefined
  if (Array.isArray(v.items) && v.items.every((i) => typeof i?.type === 'number')) return { title: '', items: v.items }
  for (const holder of [...(Array.isArray(v.resources) ? v.resources : []), v]) {
    const text = holder.properties?.serializedData
    if (typeof text !== 'string') continue
    try {
      const inner = findWorkbook(JSON.parse(text))
      const name = holder.properties?.displayName
      if (inner) return { ...inner, title: name && !name.startsWith('[') ? name : inner.title }
    } catch {
      // An expression of the template stands where the workbook should.
    }
  }
  return undefined
}

/** Makes a dashboard of a workbook's queries, texts, parameters, tabs and groups. Its title is the workbook's, its first heading, or the one given. */
export function fromWorkbook(value: unknown, title = 'Imported workbook'): Imported | undefined {
  const found = findWorkbook(value)
  if (!found) return undefined
  const heading = found.items.map((i) => (i.type === 1 ? /^#+\s*(.+?)\s*#*\s*$/m.exec(i.content?.json ?? '')?.[1].trim() : undefined)).find(Boolean)
  const dashboard = emptyDashboard(found.title || heading || title)
  const book = { dashboard, left: [] as string[] }
  // A text that is the title alone would say it twice.
  walk(found.items.filter((i) => i.type !== 1 || i.content?.json?.replace(/#/g, '').trim() !== dashboard.title), [], 12, book)
  const clock = dashboard.parameters.find((p) => p.kind === 'time')
  if (clock) {
    // The workbook's own time is what one chooses at the top of a dashboard.
    if (clock.value) dashboard.timespan = clock.value
    clock.value = ''
    clock.hidden = true
    for (const t of dashboard.tiles) if (t.timespan === `{${clock.name}}`) t.timespan = undefined
  }
  leaveIncomplete(book)
  forgetUnused(book)
  return book
}

type Book = Imported & { dashboard: Dashboard }

function walk(items: Item[], around: Condition[], width: number, into: Book) {
  for (const item of items) {
    const c = item.content ?? {}
    const visible = [...around, ...conditionsOf(item)]
    const { tiles } = into.dashboard
    switch (item.type) {
      case 1:
        if (c.json?.trim()) tiles.push(textTile(item, c.json, visible, width))
        break
      case 3:
        query(item, visible, width, into)
        break
      case 9:
        for (const p of c.parameters ?? []) addParameter(into, parameterOf(p), visible)
        break
      case 10:
        into.left.push(`${titleOf(item)}: it asks for Azure’s metrics`)
        break
      case 11: {
        for (const tabs of tabsOf(c)) addParameter(into, { parameter: tabs }, visible)
        const list = linkList(c)
        if (list) tiles.push(textTile(item, list, visible, width))
        break
      }
      case 12:
        if (c.groupType === 'template' || c.loadFromTemplateId) into.left.push(`group ${titleOf(item)}: it loads another workbook`)
        else walk(c.items ?? [], visible, (width * share(item)) / 100, into)
        break
      default:
        into.left.push(`${titleOf(item)} of type ${item.type ?? '?'}`)
    }
  }
}

function query(item: Item, visible: Condition[], width: number, into: Book) {
  const c = item.content!
  const { tiles } = into.dashboard
  for (const p of exportsOf(c)) addParameter(into, { parameter: p }, [])
  if (c.queryType !== undefined && c.queryType !== 0) into.left.push(`${titleOf(item)}: it asks ${services[c.queryType] ?? `a service of the number ${c.queryType}`}`)
  else if (c.query?.trim()) tiles.push(queryTile(item, visible, width))
}

function addParameter(into: Book, made: ReturnType<typeof parameterOf>, visible: Condition[]) {
  if (made.left) into.left.push(made.left)
  const p = made.parameter
  if (!p) return
  // A name stands once: workbooks write the same tabs, or the same parameter for another view, in several places.
  const { parameters } = into.dashboard
  const same = parameters.find((x) => x.name === p.name)
  if (!same) parameters.push(visible.length > 0 ? { ...p, visible } : p)
  else if (same.visible && visible.length === 0) same.visible = undefined
}

/** Conditions on whether an item is shown. */
function conditionsOf(item: Item): Condition[] {
  const list = [...(item.conditionalVisibilities ?? []), ...(item.conditionalVisibility ? [item.conditionalVisibility] : [])]
  return list.filter((v) => v?.parameterName).map((v) => ({ parameter: v.parameterName!, how: v.comparison === 'isNotEqualTo' ? ('isnot' as const) : ('is' as const), is: v.value ?? '' }))
}

const share = (item: Item) => {
  const n = Number(item.customWidth ?? 100)
  return n > 0 && n <= 100 ? n : 100
}

/** A tile's width on the board, of its share of what it stands in. */
function widthOf(item: Item, around: number): Width {
  const columns = (around * share(item)) / 100
  return columns <= 3.4 ? 3 : columns <= 4.9 ? 4 : columns <= 6.7 ? 6 : columns <= 8.4 ? 8 : columns <= 10 ? 9 : 12
}

/** Names that Azure gives by itself. */
const automatic = /^(query|text|group|parameters|links\/tabs|metric) - /

const titleOf = (item: Item) => item.content?.title?.trim() || item.name?.trim() || 'an element'

function queryTile(item: Item, visible: Condition[], width: number): DashboardTile {
  const c = item.content!
  const ms = c.timeContext?.durationMs
  const heights: Record<number, Height> = { 2: 3, 3: c.visualization === 'tiles' ? 2 : 3, 4: 1 }
  return {
    id: tileID(), title: c.title?.trim() || (automatic.test(item.name ?? '') ? '' : (item.name?.trim() ?? '')), query: c.query!, visualization: charts[c.visualization ?? ''] ?? '', width: widthOf(item, width), height: heights[c.size ?? 0] ?? 2,
    timespan: c.timeContextFromParameter ? `{${c.timeContextFromParameter}}` : ms && ms > 0 ? `PT${Math.round(ms / 60000)}M` : '',
    visible: visible.length > 0 ? visible : undefined,
  }
}

function textTile(item: Item, text: string, visible: Condition[], width: number): DashboardTile {
  const lines = text.trim().split('\n').reduce((n, line) => n + Math.max(1, Math.ceil(line.length / (width * 12))), 0)
  return { id: tileID(), title: '', query: '', text, visualization: '', width: widthOf(item, width), height: lines <= 2 ? 0 : lines <= 6 ? 1 : lines <= 14 ? 2 : 3, visible: visible.length > 0 ? visible : undefined }
}

/** Links to other pages, as a list in Markdown. */
function linkList(c: Content): string {
  return (c.links ?? [])
    .filter((l) => l.linkTarget?.toLowerCase() === 'url' && /^https:/.test(l.cellValue ?? ''))
    .map((l) => `- [${(l.linkLabel || l.cellValue!).replace(/[[\]]/g, '')}](${l.cellValue})`)
    .join('\n')
}

/** A query with a parameter that the workbook does not have (its parent gives it, or a cell that one clicks) cannot be asked. */
function leaveIncomplete(book: Book) {
  const names = new Set(book.dashboard.parameters.map((p) => p.name))
  book.dashboard.tiles = book.dashboard.tiles.filter((t) => {
    const strange = namesIn(t.query).filter((n) => !names.has(n))
    if (strange.length > 0) book.left.push(`${t.title || 'a query'}: it needs ${strange.map((n) => `{${n}}`).join(', ')}, which the workbook does not define`)
    return strange.length === 0
  })
}

/** Parameters that nothing on the dashboard names are not worth a place; most choose Azure resources for services that did not come over. */
function forgetUnused(book: Book) {
  const d = book.dashboard
  for (let before = -1; before !== d.parameters.length; ) {
    before = d.parameters.length
    const texts = [...d.tiles.flatMap((t) => [t.query, t.text ?? '', t.title, t.timespan ?? '']), ...d.parameters.flatMap((p) => [p.query ?? '', ...(p.cases ?? []).flatMap((c) => [c.value, c.is ?? ''])])]
    const conditions = [...d.tiles, ...d.parameters].flatMap((x) => x.visible ?? [])
    const asked = new Set([...texts.flatMap(namesIn), ...conditions.flatMap((c) => [c.parameter, ...namesIn(c.is)]), ...d.parameters.flatMap((p) => (p.cases ?? []).flatMap((c) => c.parameter ?? []))])
    d.parameters = d.parameters.filter((p) => asked.has(p.name))
  }
  book.left = book.left.filter((text) => {
    const name = /^parameter (\w+):/.exec(text)?.[1]
    return name === undefined || d.parameters.some((p) => p.name === name)
  })
}
