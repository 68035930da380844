import type { Decoder, SchemaTable } from '../api/schema'
import type { TableState } from './states'

/** With rows; without, but records for it would be understood; every table whose name is known. */
export type Shown = 'rows' | 'decoded' | 'all'
export type Key = 'name' | 'rows' | 'bytes' | 'from' | 'to' | 'received' | 'retention' | 'decoders'

export interface Listed {
  name: string
  doc: string
  decoders: Decoder[]
  state?: TableState
}

export interface Listing {
  found: Listed[]
  /** Tables that the search finds too, but which are not among those shown. */
  elsewhere: number
  counts: Record<Shown, number>
}

/** The services whose records land in a table, each once, with their categories. */
export function servicesOf(decoders: Decoder[]): string {
  const by = new Map<string, Set<string>>()
  for (const d of decoders) by.set(d.service, new Set([...(by.get(d.service) ?? []), ...(d.categories ?? [])]))
  return [...by].map(([service, categories]) => (categories.size > 0 ? `${service}: ${[...categories].join(', ')}` : service)).join('; ')
}

/** The tables that a search leaves, in order. */
export function listTables(known: SchemaTable[], states: TableState[], o: { wanted: string; shown: Shown; key: Key; descending: boolean }): Listing {
  const held = new Map(states.map((t) => [t.name, t]))
  const all: Listed[] = known.map((t) => ({ name: t.Name, doc: t.DocString ?? '', decoders: t.decoders ?? [], state: held.get(t.Name) }))
  const names = new Set(known.map((t) => t.Name))
  // Rows may have come into a table since the schema was loaded.
  for (const t of states) if (!names.has(t.name)) all.push({ name: t.name, doc: '', decoders: [], state: t })
  const among = (t: Listed) => o.shown === 'all' || (o.shown === 'rows' ? t.state !== undefined : t.state === undefined && t.decoders.length > 0)
  const needle = o.wanted.trim().toLowerCase()
  const fits = (t: Listed) => !needle || [t.name, t.doc, servicesOf(t.decoders)].some((x) => x.toLowerCase().includes(needle))
  const fitting = all.filter(fits)
  const found = fitting.filter(among)
  found.sort((a, b) => order(keyOf(a, o.key), keyOf(b, o.key), o.descending) || a.name.localeCompare(b.name))
  return {
    found,
    elsewhere: fitting.length - found.length,
    counts: { rows: all.filter((t) => t.state).length, decoded: all.filter((t) => !t.state && t.decoders.length > 0).length, all: all.length },
  }
}

function keyOf(t: Listed, key: Key): string | number | null {
  switch (key) {
    case 'name':
      return t.name.toLowerCase()
    case 'decoders':
      return servicesOf(t.decoders).toLowerCase() || null
    case 'retention':
      // Kept for ever is longer than anything.
      return t.state ? t.state.retentionSeconds || Number.MAX_SAFE_INTEGER : null
    default:
      return t.state?.[key] ?? null
  }
}

/** What is not there stands at the end, either way. */
function order(a: string | number | null, b: string | number | null, descending: boolean): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b !== descending ? -1 : 1
}
