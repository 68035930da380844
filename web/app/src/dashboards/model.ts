import { literal } from '../logs/condition'

/** A value that the viewer of a dashboard chooses; queries name it in braces: {user}. */
export interface Parameter {
  name: string
  label: string
  kind: 'text' | 'choice' | 'query'
  value: string
  /** The choices of the kind "choice". */
  options?: string[]
  /** A query whose first column is the choices, for the kind "query". */
  query?: string
}

export type Width = 3 | 4 | 6 | 8 | 12
export type Height = 1 | 2 | 3 | 4

export interface DashboardTile {
  id: string
  title: string
  query: string
  /** A kind of chart, "table", or "" for what the query says. */
  visualization: string
  width: Width
  height: Height
  /** A timespan of its own; absent follows the dashboard. */
  timespan?: string
}

export interface Dashboard {
  title: string
  description: string
  timespan: string
  /** Seconds between two rounds; 0 asks only when told to. */
  refresh: number
  parameters: Parameter[]
  tiles: DashboardTile[]
}

export const widths: Width[] = [3, 4, 6, 8, 12]
export const heights: Height[] = [1, 2, 3, 4]

export const emptyDashboard = (title: string): Dashboard => ({ title, description: '', timespan: 'P1D', refresh: 0, parameters: [], tiles: [] })

export const tileID = () => crypto.randomUUID().slice(0, 8)

/**
 * The query with its parameters filled in. Inside a text of the query a value is written as part of that text,
 * elsewhere as a text of its own: a value can never become a part of the query's logic.
 */
export function filled(query: string, parameters: Parameter[]): string {
  const values = new Map(parameters.map((p) => [p.name, p.value]))
  let out = ''
  let quote = ''
  for (let i = 0; i < query.length; i++) {
    const c = query[i]
    const hole = c === '{' ? /^\{([A-Za-z_]\w*)\}/.exec(query.slice(i)) : null
    if (hole && values.has(hole[1])) {
      const text = literal(values.get(hole[1])!, 'string')
      out += quote ? text.slice(1, -1).replace(/'/g, "\\'") : text
      i += hole[0].length - 1
      continue
    }
    out += c
    if (!quote && c === '/' && query[i + 1] === '/') {
      const end = query.indexOf('\n', i)
      out += query.slice(i + 1, end < 0 ? undefined : end)
      i = end < 0 ? query.length : end - 1
    } else if (quote) {
      if (c === '\\') out += query[++i] ?? ''
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
  }
  return out
}

/** Reads a dashboard from JSON that somebody exported. Throws with a text that says what is wrong. */
export function parseDashboard(value: unknown): Dashboard {
  const v = value as Partial<Dashboard> | null
  if (!v || typeof v !== 'object' || !Array.isArray(v.tiles)) throw new Error('This is neither a dashboard of Lazuli nor an Azure workbook.')
  const pick = <T,>(wanted: unknown, among: readonly T[], otherwise: T) => (among.includes(wanted as T) ? (wanted as T) : otherwise)
  return {
    title: String(v.title ?? 'Imported dashboard'),
    description: String(v.description ?? ''),
    timespan: String(v.timespan ?? 'P1D'),
    refresh: Number(v.refresh) || 0,
    parameters: (Array.isArray(v.parameters) ? v.parameters : []).map((p) => ({
      name: String(p.name), label: String(p.label ?? p.name), kind: pick(p.kind, ['text', 'choice', 'query'] as const, 'text'), value: String(p.value ?? ''),
      options: Array.isArray(p.options) ? p.options.map(String) : undefined, query: p.query === undefined ? undefined : String(p.query),
    })),
    tiles: v.tiles.map((t) => ({
      id: tileID(), title: String(t.title ?? ''), query: String(t.query ?? ''), visualization: String(t.visualization ?? ''), width: pick(t.width, widths, 6), height: pick(t.height, heights, 2),
      timespan: t.timespan === undefined ? undefined : String(t.timespan),
    })),
  }
}
