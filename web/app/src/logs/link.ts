import { rangeOf, timespanOf, type TimeRange } from './time'

/** What a link to Logs carries. It stands behind "#", so that no server's log ever holds a query. */
export interface SharedQuery {
  query: string
  range: TimeRange
  workspace?: string
  /** What the tab is called. */
  title?: string
  run?: boolean
}

export async function linkTo(q: SharedQuery): Promise<string> {
  const values = new URLSearchParams()
  values.set('z', toBase64(await pipe(new TextEncoder().encode(q.query), new CompressionStream('deflate-raw'))))
  const span = timespanOf(q.range)
  if (span) values.set('t', span)
  if (q.workspace) values.set('w', q.workspace)
  if (q.title) values.set('n', q.title)
  if (q.run) values.set('run', '1')
  return '/logs#' + values
}

/** A link for the same page's use: longer, and made without waiting. */
export function plainLink(q: SharedQuery): string {
  const values = new URLSearchParams({ q: q.query })
  const span = timespanOf(q.range)
  if (span) values.set('t', span)
  if (q.title) values.set('n', q.title)
  if (q.run) values.set('run', '1')
  return '/logs#' + values
}

export async function readLink(hash: string): Promise<SharedQuery | undefined> {
  const values = new URLSearchParams(hash)
  const packed = values.get('z')
  let query = values.get('q')
  if (packed) {
    try {
      query = new TextDecoder().decode(await pipe(fromBase64(packed), new DecompressionStream('deflate-raw')))
    } catch {
      return undefined // cut off on its way
    }
  }
  if (query === null) return undefined
  return { query, range: rangeOf(values.get('t')), workspace: values.get('w') ?? undefined, title: values.get('n') ?? undefined, run: values.has('run') }
}

async function pipe(data: Uint8Array<ArrayBuffer>, through: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data]).stream().pipeThrough(through as unknown as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>)
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function toBase64(data: Uint8Array): string {
  let text = ''
  for (const b of data) text += String.fromCharCode(b)
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
}
