import { literal } from './condition'

/** A part of a text: [start, end). */
export interface Block {
  start: number
  end: number
}

/** The queries of a text: what blank lines separate, without the blank lines. */
export function blocks(text: string): Block[] {
  const list: Block[] = []
  let start = -1
  let end = 0
  let at = 0
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      if (start >= 0) list.push({ start, end })
      start = -1
    } else {
      if (start < 0) start = at
      end = at + line.length
    }
    at += line.length + 1
  }
  if (start >= 0) list.push({ start, end })
  return list
}

/** The query that the caret is in or, between two, the one before. */
export function blockAt(text: string, caret: number): Block | undefined {
  const all = blocks(text)
  return all.findLast((b) => b.start <= caret) ?? all[0]
}

/** A saved function, as queries call it. */
export interface SavedFunction {
  name: string
  /** The parameters as KQL writes them, without parentheses. */
  parameters: string
  body: string
}

/** The forms of a text in KQL: between fences it may have lines, and after @ a backslash is a sign like any other. */
const texts = '```[^]*?```|~~~[^]*?~~~|' + String.raw`@"[^"\n]*"|@'[^'\n]*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`

const word = /[A-Za-z_][A-Za-z0-9_]*/g

/** The let statements, on one line, of the saved functions that a query mentions, and of those that these mention. */
export function prelude(query: string, functions: SavedFunction[]): string {
  const byName = new Map(functions.map((f) => [f.name, f]))
  const needed: SavedFunction[] = []
  const visit = (text: string, above: Set<string>) => {
    for (const [name] of stripText(text).matchAll(word)) {
      const f = byName.get(name)
      if (!f || above.has(name) || needed.includes(f)) continue
      visit(f.body, new Set([...above, name]))
      if (!needed.includes(f)) needed.push(f)
    }
  }
  const defined = new Set(Array.from(stripText(query).matchAll(/\blet\s+([A-Za-z_]\w*)\s*=/g), (m) => m[1]))
  visit(query, defined)
  return needed.map((f) => `let ${f.name} = (${f.parameters}) { ${oneLine(f.body)} };`).join(' ')
}

/**
 * Comments would swallow what follows them on a line, so they go; line breaks become spaces outside of texts, and a text
 * with lines gets the form that has none.
 */
function oneLine(body: string): string {
  return body.replace(new RegExp(`(${texts})|\\s*(?://[^\\n]*)?(?:\\n\\s*|$)`, 'g'), (_all, text?: string) => (text && /^[`~]/.test(text) ? literal(text.slice(3, -3), 'string') : (text ?? ' '))).trim()
}

/** The query without its texts and comments, so that words in them mean nothing. */
export function stripText(query: string): string {
  return query.replace(new RegExp(`${texts}|//[^\\n]*`, 'g'), ' ')
}
