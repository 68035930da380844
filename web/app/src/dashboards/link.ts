import type { Dashboard } from './model'

/** A link to a dashboard as it is looked at: with the time and the values that differ from the saved ones. */
export function viewLink(id: string, saved: Dashboard, now: Dashboard): string {
  const values = new URLSearchParams()
  if (now.timespan !== saved.timespan) values.set('t', now.timespan)
  for (const p of now.parameters) {
    const before = saved.parameters.find((x) => x.name === p.name)
    if (before && before.value !== p.value) values.set('p.' + p.name, p.value)
  }
  const text = values.toString()
  return `/dashboards/${id}${text && '#' + text}`
}

/** The dashboard as such a link wants it seen. A name that it does not have is passed over. */
export function readView(saved: Dashboard, hash: string): Dashboard {
  const values = new URLSearchParams(hash)
  return {
    ...saved,
    timespan: values.get('t') ?? saved.timespan,
    parameters: saved.parameters.map((p) => {
      const value = values.get('p.' + p.name)
      return value === null ? p : { ...p, value }
    }),
  }
}
