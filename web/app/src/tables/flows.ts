import { getJSON, request } from '../api/http'

/** A way in, as /v1/admin/sources has it. */
export interface SourceStatus {
  name: string
  kind: string
  /** Addresses, or the route. */
  listens: string[]
  workspace: string
  state: State
  connections: number
  messages: number
  bytes: number
  messagesPerSecond: number
  bytesPerSecond: number
  latest: string | null
  /** Datagrams that the kernel threw away; absent where that is not known. */
  dropped?: number
  lastError: string
}

export type State = 'running' | 'paused' | 'failing'

/** A way out, as /v1/admin/outputs has it. */
export interface OutputStatus {
  name: string
  kind: string
  to: string
  workspace: string
  query: string
  state: State
  pausedSince: string | null
  /** A delivery is under way. */
  busy: boolean
  cursor: number
  stable: number
  delivered: number
  rejected: number
  retried: number
  failures: number
  oldest: string | null
  /** What waits behind the cursor, while it is paused; overdue are rows that are kept past their retention for it. */
  waiting: { events: number; oldest: string | null; overdue: number } | null
  eventsPerSecond: number
  lastError: string
  replays: ReplayStatus[]
}

/** What there is of an output that the configuration does not have any more. */
export interface LeftOutput {
  name: string
  stable: number
  pausedSince: string | null
  replays: ReplayStatus[]
}

/** A window of time that is sent again. */
export interface ReplayStatus {
  id: string
  from: string
  to: string
  state: 'running' | 'paused' | 'done' | 'cancelled' | 'failed'
  /** 0 to 1. */
  progress: number
  delivered: number
  rejected: number
  retried: number
  failures: number
  lastError: string
  /** What is to be known of it, such as what retention had removed. */
  note: string
}

export const listSources = async (signal?: AbortSignal) => (await getJSON<{ sources: SourceStatus[] }>('/v1/admin/sources', signal)).sources
export const listOutputs = (signal?: AbortSignal) => getJSON<{ outputs: OutputStatus[]; unconfigured: LeftOutput[] }>('/v1/admin/outputs', signal)

const of = (what: 'sources' | 'outputs', name: string) => `/v1/admin/${what}/${encodeURIComponent(name)}`

/** Pauses a source or output, or lets it go on; the server remembers it. */
export async function setRunning(what: 'sources' | 'outputs', name: string, running: boolean): Promise<void> {
  await request(`${of(what, name)}/${running ? 'resume' : 'pause'}`, { method: 'POST' })
}

export async function startReplay(output: string, from: string, to: string): Promise<void> {
  await request(`${of('outputs', output)}/replay`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ from, to }) })
}

/** Cancels a replay that runs, or forgets one that ended. */
export async function endReplay(output: string, id: string): Promise<void> {
  await request(`${of('outputs', output)}/replays/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

/** Forgets what there is of an output that is not configured any more. */
export async function forgetOutput(name: string): Promise<void> {
  await request(of('outputs', name), { method: 'DELETE' })
}

/** Whether rows wait: the frame of the last one that went out lies before that of the last durable one. */
export const waits = (o: OutputStatus) => frameOf(o.stable) > frameOf(o.cursor)

/** The frame that a sequence lies in: its upper bits. */
const frameOf = (seq: number) => Math.floor(seq / 2 ** 24)
