/** A value that the viewer of a dashboard chooses; queries name it in braces: {user}. */
export interface Parameter {
  name: string
  label: string
  /** A text, one or more of given choices or of a query's, a part of time, or a value that follows from other parameters. */
  kind: 'text' | 'choice' | 'query' | 'time' | 'case'
  /** Of several values each on a line of its own; of a time a timespan, "" for that of the dashboard. "*" is every choice there is. */
  value: string
  /** The choices of the kind "choice"; of others, those values that the author wrote. */
  options?: Option[]
  /** The query of the kind "query": value, label, and whether it is chosen at first. Its second and third column may be missing. */
  query?: string
  /** More than one may be chosen; a query gets them as a list. */
  multiple?: boolean
  /** What a query gets when everything is chosen; absent, it gets every choice there is. */
  all?: string
  /** Where a query has the value outside a text, a number, a span of time, a name or a fixed choice is written as it is, and not as a text. */
  written?: boolean
  /** Draws the choices as tabs. */
  tabs?: boolean
  /** Is set, but not shown. */
  hidden?: boolean
  /** For the kind "case": the first that holds gives the value; one without a parameter always does. */
  cases?: (Partial<Condition> & { value: string })[]
  visible?: Condition[]
}

export interface Option {
  value: string
  label?: string
  /** Chosen as long as nobody chose. */
  chosen?: boolean
}

const comparisons = ['is', 'isnot', 'contains', 'starts', 'above', 'atleast', 'below', 'atmost'] as const

/** Holds while a parameter's value compares so with another. */
export interface Condition {
  parameter: string
  how: (typeof comparisons)[number]
  is: string
}

export type Width = 3 | 4 | 6 | 8 | 9 | 12
/** In rows of the board; 0 is a line of text. */
export type Height = 0 | 1 | 2 | 3 | 4

export interface DashboardTile {
  id: string
  title: string
  query: string
  /** Text in Markdown, instead of a query. */
  text?: string
  /** A kind of chart, "table", or "" for what the query says. */
  visualization: string
  width: Width
  height: Height
  /** A timespan of its own, or {name} for a parameter's; "" leaves time to the query, absent follows the dashboard. */
  timespan?: string
  /** The tile is there while all of these hold. */
  visible?: Condition[]
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

export const widths: Width[] = [3, 4, 6, 8, 9, 12]
export const heights: Height[] = [0, 1, 2, 3, 4]

export const emptyDashboard = (title: string): Dashboard => ({ title, description: '', timespan: 'P1D', refresh: 0, parameters: [], tiles: [] })

export const tileID = () => crypto.randomUUID().slice(0, 8)

/** The values of a parameter that may have several. */
export const valuesOf = (value: string): string[] => (value === '' ? [] : value.split('\n'))

/** A tile moved from one place in the order to another; out of bounds nothing happens. */
export function moved(tiles: DashboardTile[], from: number, to: number): DashboardTile[] {
  if (from < 0 || to < 0 || from >= tiles.length || to >= tiles.length || from === to) return tiles
  return tiles.toSpliced(from, 1).toSpliced(to, 0, tiles[from])
}

/** The next size up or down in a list of sizes. */
export function stepped<T extends number>(sizes: T[], now: T, by: number): T {
  const at = sizes.indexOf(now)
  return sizes[Math.max(0, Math.min(sizes.length - 1, (at < 0 ? 0 : at) + by))]
}

/** The size nearest to a measure. */
export const nearest = <T extends number>(sizes: T[], measure: number): T => sizes.reduce((best, s) => (Math.abs(s - measure) < Math.abs(best - measure) ? s : best))

/** Reads a dashboard from JSON that somebody exported. Throws with a text that says what is wrong. */
export function parseDashboard(value: unknown): Dashboard {
  const v = value as Partial<Dashboard> | null
  if (!v || typeof v !== 'object' || !Array.isArray(v.tiles)) throw new Error('This is neither a dashboard of Lazuli nor an Azure workbook.')
  return {
    title: String(v.title ?? 'Imported dashboard'),
    description: String(v.description ?? ''),
    timespan: String(v.timespan ?? 'P1D'),
    refresh: Number(v.refresh) || 0,
    parameters: (Array.isArray(v.parameters) ? v.parameters : []).map(parseParameter),
    tiles: v.tiles.map(parseTile),
  }
}

const pick = <T,>(wanted: unknown, among: readonly T[], otherwise: T) => (among.includes(wanted as T) ? (wanted as T) : otherwise)
const maybe = (v: unknown) => (v === undefined || v === null ? undefined : String(v))
const conditions = (v: unknown): Condition[] | undefined =>
  Array.isArray(v) && v.length > 0 ? v.map((c: Partial<Condition> | null) => ({ parameter: String(c?.parameter ?? ''), how: pick(c?.how, comparisons, 'is'), is: String(c?.is ?? '') })) : undefined

function parseParameter(p: Partial<Parameter>): Parameter {
  return {
    name: String(p.name), label: String(p.label ?? p.name), kind: pick(p.kind, ['text', 'choice', 'query', 'time', 'case'] as const, 'text'), value: String(p.value ?? ''),
    // Choices were plain texts once.
    options: Array.isArray(p.options) ? p.options.map((o: unknown) => (typeof o === 'object' && o ? { value: String((o as Option).value), label: maybe((o as Option).label), chosen: (o as Option).chosen === true || undefined } : { value: String(o) })) : undefined,
    query: maybe(p.query), multiple: p.multiple === true || undefined, all: maybe(p.all), written: p.written === true || undefined, tabs: p.tabs === true || undefined, hidden: p.hidden === true || undefined,
    cases: Array.isArray(p.cases) ? p.cases.map((c) => ({ parameter: maybe(c.parameter), how: pick(c.how, comparisons, 'is'), is: String(c.is ?? ''), value: String(c.value ?? '') })) : undefined,
    visible: conditions(p.visible),
  }
}

function parseTile(t: Partial<DashboardTile>): DashboardTile {
  return {
    id: tileID(), title: String(t.title ?? ''), query: String(t.query ?? ''), text: maybe(t.text), visualization: String(t.visualization ?? ''), width: pick(t.width, widths, 6), height: pick(t.height, heights, 2),
    timespan: maybe(t.timespan), visible: conditions(t.visible),
  }
}
