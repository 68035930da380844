import { language, schema, type KqlFunction, type SchemaColumn, type SchemaTable } from '../api/schema'
import { workspace } from '../api/session'
import type { SavedFunction } from '../logs/blocks'
import { savedFunctions } from '../logs/saved'
import { parameterName } from './calls'

/** Operators that the language service offers and the server refuses. A test holds this against the server. */
const refusedOperators = [
  'execute-and-cache', 'externaldata', 'facet', 'fork', 'graph', 'graph-mark-components', 'graph-match', 'graph-shortest-paths', 'graph-to-table',
  'graph-where-edges', 'graph-where-nodes', 'macro-expand', 'make-graph', 'partitioned-by', 'project-smart', 'reduce', 'scan',
]

const dateParts = ['year', 'quarter', 'month', 'week_of_year', 'day', 'dayOfYear', 'hour', 'minute', 'second', 'millisecond', 'microsecond', 'nanosecond']

/** The texts that a parameter takes, where these are few or hard to remember. */
export function valuesOf(name: string, parameter: string): string[] {
  const p = parameterName(parameter)
  if (p === 'part' && name.startsWith('date')) return dateParts
  if (p === 'timezone') return Intl.supportedValuesOf('timeZone')
  if (name === 'countof' && p === 'kind') return ['normal', 'regex']
  if (p === 'parser_type') return ['windows']
  return []
}

export function functionNamed(name: string): KqlFunction | undefined {
  return language.get()?.functions.find((f) => f.name === name || f.aliases?.includes(name))
}

export const savedNamed = (name: string): SavedFunction | undefined => savedFunctions().find((f) => f.name === name)

/** What the function table says of a function, with examples that were run, in Markdown. */
export function functionDoc(f: KqlFunction): string {
  const examples = (f.examples ?? []).map((e) => `${e.kql}  →  ${e.want === '' ? '""' : e.want}`)
  const lines = [...f.signatures.map((s) => f.name + s), ...(examples.length > 0 ? ['', ...examples] : [])]
  return `**${f.name}** (${f.kind})  \n${f.doc}\n\n\`\`\`kusto\n${lines.join('\n')}\n\`\`\``
}

export const savedDoc = (f: SavedFunction) => `**${f.name}** (saved function)\n\n\`\`\`kusto\n${f.name}(${f.parameters})\n\n${f.body}\n\`\`\``

const tables = () => schema.get()?.Databases[workspace.get()]?.Tables ?? {}

/** A table by its name, or the column of that name in one of the tables that a query names. */
export function schemaDoc(word: string, query: string): string | undefined {
  const all = tables()
  if (Object.hasOwn(all, word)) return tableDoc(all[word])
  for (const [name] of query.matchAll(/[A-Za-z_]\w*/g)) {
    const column = Object.hasOwn(all, name) ? all[name].OrderedColumns.find((c) => c.Name === word) : undefined
    if (column) return columnDoc(column, name)
  }
  return undefined
}

function tableDoc(t: SchemaTable): string {
  const facts = `table, ${t.OrderedColumns.length} columns${t.hasRows ? '' : ', empty'}`
  return `**${t.Name}** (${facts})${t.DocString ? '  \n' + t.DocString : ''}`
}

const columnDoc = (c: SchemaColumn, table: string) => `**${c.Name}**: ${c.CslType}, in ${table}${c.DocString ? '  \n' + c.DocString : ''}`

/** A suggestion of the language service, as far as it is looked at here. */
interface Suggestion {
  label: string
  sortText?: string
  detail?: string
  documentation?: unknown
}

/**
 * Makes the language service's suggestions those of this server: what it refuses goes, documentation is its own, and
 * tables that hold rows come before the hundreds that do not.
 */
export function ours<T extends Suggestion>(items: T[]): T[] {
  const known = language.get()
  if (!known) return items
  const all = tables()
  return items.flatMap((item) => {
    const call = /^(\w+)\(/.exec(item.label)?.[1]
    if (call && !Object.hasOwn(all, call)) {
      const f = functionNamed(call)
      const s = savedNamed(call)
      if (f) return [{ ...item, detail: f.doc, documentation: markdown(functionDoc(f)) }]
      if (s) return [{ ...item, detail: 'saved function', documentation: markdown(savedDoc(s)) }]
      return known.refused.includes(call) ? [] : [item]
    }
    if (refusedOperators.includes(item.label)) return []
    const t = Object.hasOwn(all, item.label) ? all[item.label] : undefined
    return [t ? { ...item, sortText: (t.hasRows ? '0' : '1') + (item.sortText ?? item.label), documentation: markdown(tableDoc(t)) } : item]
  })
}

const markdown = (value: string) => ({ kind: 'markdown', value })
