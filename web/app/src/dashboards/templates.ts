import { parseDashboard, type Dashboard } from './model'

/** A dashboard that comes with the console: a file as any export writes it. */
export interface Template {
  id: string
  title: string
  description: string
  load: () => Promise<Dashboard>
}

const of = (id: string, title: string, description: string, load: () => Promise<{ default: unknown }>): Template => ({ id, title, description, load: async () => parseDashboard((await load()).default) })

export const templates: Template[] = [
  of('sign-ins', 'Sign-ins', 'Who signs in, from where, with what, and what fails', () => import('./templates/sign-ins.json')),
  of('azure-changes', 'Azure activity and changes', 'What was done to resources and the directory, and by whom', () => import('./templates/azure-changes.json')),
  of('vault-and-storage', 'Key Vault and storage access', 'Who reads secrets and blobs, and who is refused', () => import('./templates/vault-and-storage.json')),
  of('network', 'Network', 'Flows let through and denied', () => import('./templates/network.json')),
  of('what-arrives', 'What arrives (operations)', 'How much comes in, how late, and what was not understood', () => import('./templates/what-arrives.json')),
]
