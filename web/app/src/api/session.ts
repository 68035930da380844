import { createStore } from '../parts/store'
import { getJSON, request, signedIn } from './http'

export interface Session {
  principal: string
  scopes: string[]
  workspaces: { name: string; id: string }[]
  version: string
}

export const session = createStore<Session | undefined>(undefined)

const workspaceKey = 'lazuli.workspace'

/** The workspace that the console shows. */
export const workspace = createStore('default')

function welcome(s: Session) {
  session.set(s)
  const wanted = localStorage.getItem(workspaceKey)
  const names = s.workspaces.map((w) => w.name)
  workspace.set(wanted && names.includes(wanted) ? wanted : names.includes('default') ? 'default' : (names[0] ?? 'default'))
  signedIn.set('yes')
}

export function chooseWorkspace(name: string) {
  localStorage.setItem(workspaceKey, name)
  workspace.set(name)
}

/** Finds out who is signed in. */
export async function resume(): Promise<void> {
  welcome(await getJSON<Session>('/v1/console/session'))
}

/** Opens a session with a token. */
export async function signIn(token: string): Promise<void> {
  const answer = await request('/v1/console/session', { method: 'POST', headers: { Authorization: 'Bearer ' + token } })
  welcome((await answer.json()) as Session)
}

export async function signOut(): Promise<void> {
  await request('/v1/console/session', { method: 'DELETE' })
  session.set(undefined)
  signedIn.set('no')
}

export const isAdmin = () => session.get()?.scopes.includes('admin') ?? false
