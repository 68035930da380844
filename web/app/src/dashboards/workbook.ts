import { emptyDashboard, tileID, type Dashboard, type DashboardTile, type Parameter, type Width } from './model'

/** What an import made of a workbook, and what of it has no place on a dashboard. */
export interface Imported {
  dashboard: Dashboard
  left: string[]
}

interface Item {
  type?: number
  name?: string
  customWidth?: string
  content?: {
    query?: string
    title?: string
    version?: string
    visualization?: string
    queryType?: number
    size?: number
    timeContext?: { durationMs?: number }
    parameters?: WorkbookParameter[]
    items?: Item[]
    json?: string
  }
}

interface WorkbookParameter {
  name?: string
  label?: string
  type?: number
  value?: unknown
  query?: string
  jsonData?: string
}

// How workbooks name what KQL names otherwise.
const charts: Record<string, string> = {
  areachart: 'areachart', barchart: 'columnchart', categoricalbar: 'columnchart', unstackedbar: 'columnchart', linechart: 'timechart', piechart: 'piechart', scatterchart: 'scatterchart',
  timechart: 'timechart', table: 'table', tiles: 'table', stat: 'card', map: 'table', graph: 'table', honeycomb: 'treemap',
}

/** The query type of Log Analytics among the many that workbooks know. */
const logs = 0

/** Finds the workbook in what people export: the workbook itself, its gallery form, or an ARM template around it. */
export function findWorkbook(value: unknown): { title: string; items: Item[] } | undefined {
  const v = value as { items?: Item[]; version?: string; resources?: { properties?: { serializedData?: string; displayName?: string } }[]; properties?: { serializedData?: string; displayName?: string } } | null
  if (!v || typeof v !== 'object') return undefined
  if (Array.isArray(v.items) && v.items.every((i) => typeof i?.type === 'number')) return { title: 'Imported workbook', items: v.items }
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

/** Makes a dashboard of a workbook's query tiles and parameters. */
export function fromWorkbook(value: unknown): Imported | undefined {
  const found = findWorkbook(value)
  if (!found) return undefined
  const dashboard = emptyDashboard(found.title)
  const left: string[] = []
  const times = new Set<string>()
  walk(found.items, dashboard, left, times)
  for (const t of dashboard.tiles) t.query = withoutTimes(t.query, times)
  return { dashboard, left }
}

function walk(items: Item[], into: Dashboard, left: string[], times: Set<string>) {
  for (const item of items) {
    const c = item.content ?? {}
    if (item.type === 3) {
      if (c.queryType !== undefined && c.queryType !== logs) left.push(`${c.title ?? item.name ?? 'a query'}: it asks another service than Log Analytics`)
      else if (c.query) into.tiles.push(tileOf(item))
    } else if (item.type === 9) {
      for (const p of c.parameters ?? []) {
        const made = parameterOf(p)
        if (p.type === 4) times.add(p.name ?? '')
        else if (made) into.parameters.push(made)
        else left.push(`parameter ${p.name ?? ''}: of a kind that dashboards do not have`)
      }
    } else if (item.type === 12) walk(c.items ?? [], into, left, times)
    else if (item.type === 1) {
      const heading = /^#+\s*(.+)$/m.exec(c.json ?? '')?.[1]
      if (heading && into.title === 'Imported workbook') into.title = heading.trim()
      else left.push(`text ${item.name ?? ''}`.trim())
    } else left.push(`${item.name ?? 'an element'} of type ${item.type ?? '?'}`)
  }
}

function tileOf(item: Item): DashboardTile {
  const c = item.content!
  const share = Number(item.customWidth ?? 100)
  const width: Width = share <= 27 ? 3 : share <= 40 ? 4 : share <= 55 ? 6 : share <= 75 ? 8 : 12
  const ms = c.timeContext?.durationMs
  return {
    id: tileID(), title: c.title ?? item.name ?? 'Query', query: c.query!, visualization: charts[c.visualization ?? ''] ?? '', width, height: c.size === 2 ? 3 : 2,
    timespan: ms && ms > 0 ? `PT${Math.round(ms / 60000)}M` : undefined,
  }
}

function parameterOf(p: WorkbookParameter): Parameter | undefined {
  if (!p.name) return undefined
  const value = typeof p.value === 'string' ? p.value : Array.isArray(p.value) ? String(p.value[0] ?? '') : ''
  const base = { name: p.name, label: p.label ?? p.name, value }
  if (p.type === 1) return { ...base, kind: 'text' }
  if (p.type === 2 && p.query) return { ...base, kind: 'query', query: p.query }
  if (p.type === 2) return { ...base, kind: 'choice', options: choices(p.jsonData) }
  return undefined
}

function choices(json: string | undefined): string[] {
  try {
    return (JSON.parse(json ?? '[]') as (string | { value: string })[]).map((c) => (typeof c === 'string' ? c : c.value))
  } catch {
    return []
  }
}

/** Time comes from the dashboard: conditions on a workbook's time parameter go. */
function withoutTimes(query: string, times: ReadonlySet<string>): string {
  let out = query
  for (const name of times) {
    out = out.replace(new RegExp(`^\\s*\\|\\s*where\\s+\\w+\\s+\\{${name}\\}\\s*$\\n?`, 'gm'), '').replace(new RegExp(`\\{${name}:grain\\}`, 'g'), '1h')
  }
  return out
}
