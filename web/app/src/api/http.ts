import { createStore } from '../parts/store'

/** Where in a query's text the server found a fault: line and column from 1. */
export interface Place {
  line: number
  column: number
  token: string
}

/** The server refused, and says why. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly place?: Place
  readonly correlationId?: string

  constructor(status: number, message: string, code: string, place?: Place, correlationId?: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.place = place
    this.correlationId = correlationId
  }
}

/** The server did not answer at all. */
export class ConnectionError extends Error {
  constructor() {
    super('The server does not answer.')
    this.name = 'ConnectionError'
  }
}

/** Whether the server answers. */
export const connection = createStore<'up' | 'down'>('up')

/** Whether somebody is signed in; "expired" is a session that ended under an open page. */
export const signedIn = createStore<'unknown' | 'yes' | 'no' | 'expired'>('unknown')

const probeEvery = 2000
let probing = false

/** Asks the server for a sign of life until it gives one. */
function probe() {
  if (probing) return
  probing = true
  const again = async () => {
    try {
      const answer = await fetch('/healthz', { cache: 'no-store' })
      if (answer.ok || answer.status === 503) {
        probing = false
        connection.set('up')
        return
      }
    } catch {
      // Not yet.
    }
    setTimeout(again, probeEvery)
  }
  setTimeout(again, probeEvery)
}

/** Sends a request as the signed-in user. Throws ApiError, ConnectionError, or the signal's AbortError. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('X-Lazuli-Console', '1')
  let answer: Response
  try {
    answer = await fetch(path, { ...init, headers, credentials: 'same-origin', cache: 'no-store' })
  } catch (e) {
    if (init.signal?.aborted) throw e
    connection.set('down')
    probe()
    throw new ConnectionError()
  }
  connection.set('up')
  if (answer.ok) return answer
  const error = await readError(answer)
  if (answer.status === 401 && !headers.has('Authorization')) signedIn.set((s) => (s === 'yes' || s === 'expired' ? 'expired' : 'no'))
  throw error
}

export async function getJSON<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, { signal })).json()) as T
}

interface WireError {
  code?: string
  message?: string
  correlationId?: string
  line?: number
  pos?: number
  token?: string
  innererror?: WireError
}

async function readError(answer: Response): Promise<ApiError> {
  let outer: WireError = {}
  try {
    outer = ((await answer.json()) as { error?: WireError }).error ?? {}
  } catch {
    // Something between us and the server answered.
  }
  return errorOf(answer.status, outer)
}

/** The innermost cause says what is wrong; those around it only say that something is. */
export function errorOf(status: number, outer: WireError): ApiError {
  let inner = outer
  while (inner.innererror) inner = inner.innererror
  const place = inner.line ? { line: inner.line, column: inner.pos ?? 1, token: inner.token ?? '' } : undefined
  const message = (inner.message ?? outer.message ?? `The server answered ${status}.`).replace(/ \[line \d+, position \d+\]$/, '')
  return new ApiError(status, message, inner.code ?? outer.code ?? String(status), place, outer.correlationId)
}

export function isAbort(e: unknown): boolean {
  return e instanceof DOMException && e.name === 'AbortError'
}
