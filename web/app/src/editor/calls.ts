import { blockAt } from '../logs/blocks'

/** A call that is being written: the function's name, and which argument the caret is in, from 0. */
export interface Call {
  name: string
  argument: number
  /** The quote that the caret's argument has begun with, if it is inside a text. */
  quote?: string
}

/** The innermost call around an offset of a text, looking no further than the query that the offset is in. */
export function callAt(text: string, offset: number): Call | undefined {
  const from = blockAt(text, offset)?.start ?? 0
  const open: { name: string; argument: number }[] = []
  let quote = ''
  let verbatim = false // after @ a backslash is a sign like any other
  let word = ''
  for (let i = from; i < offset; i++) {
    const c = text[i]
    if (quote) {
      if (c === '\\' && !verbatim) i++
      else if (c === quote || c === '\n') quote = ''
    } else if (c === '"' || c === "'") {
      quote = c
      verbatim = text[i - 1] === '@'
    } else if (c === '/' && text[i + 1] === '/') {
      const end = text.indexOf('\n', i)
      if (end < 0 || end >= offset) return undefined // in a comment
      i = end
    } else if (c === '(' || c === '[' || c === '{') open.push({ name: c === '(' ? word : '', argument: 0 })
    else if (c === ')' || c === ']' || c === '}') open.pop()
    else if (c === ',' && open.length > 0) open[open.length - 1].argument++
    if (/\w/.test(c) && !quote) word = /\w/.test(text[i - 1] ?? '') ? word + c : c
    else if (c !== ' ') word = ''
  }
  const call = open.at(-1)
  return call?.name ? { ...call, ...(quote ? { quote } : {}) } : undefined
}

/** The parameters of a signature, each as it stands there: "(a:long, [b:long=1]):long" has two. */
export function parametersOf(signature: string): string[] {
  const list: string[] = []
  let depth = 0
  let from = 1
  let quote = ''
  for (let i = 0; i < signature.length; i++) {
    const c = signature[i]
    if (quote) {
      if (c === quote) quote = ''
      continue
    }
    if (c === '"' || c === "'") quote = c
    else if (c === '(' || c === '[' || c === '{') depth++
    else if (c === ')' || c === ']' || c === '}') depth--
    if ((c === ',' && depth === 1) || depth === 0) {
      const part = signature.slice(from, i).trim()
      if (part) list.push(part)
      from = i + 1
    }
    if (depth === 0) break
  }
  return list
}

/** The name of a parameter as parametersOf gives it. */
export const parameterName = (parameter: string) => /\w+/.exec(parameter)?.[0] ?? ''

/** Which parameter an argument is for: what repeats takes all that come. */
export function parameterAt(parameters: string[], argument: number): number {
  const repeated = parameters.findIndex((p) => p.includes('...'))
  return repeated >= 0 && argument > repeated ? repeated : argument
}

/** A parameter as a let statement declares it. */
export interface Declaration {
  name: string
  type: string
  default?: string
  /** Of a parameter that is a table. */
  columns?: Declaration[]
}

/** Reads the parameters of a function as KQL writes them: `T:(a:string), since:timespan=1d`. */
export function declarations(parameters: string): Declaration[] {
  return parametersOf(`(${parameters})`).map((p) => {
    const [, name = '', type = '', value] = /^\s*([^:]+?)\s*:\s*(\([^]*\)|\w+)\s*(?:=\s*([^]*))?$/.exec(p) ?? []
    return type.startsWith('(') ? { name, type: 'table', columns: type === '(*)' ? [] : declarations(type.slice(1, -1)) } : { name, type, default: value }
  })
}
