import { createStore, useStore } from './store'

/** The place that the address names: its path and what follows "#". */
export interface Place {
  path: string
  hash: string
}

const here = (): Place => ({ path: location.pathname.replace(/(.)\/$/, '$1'), hash: location.hash.slice(1) })

const place = createStore<Place>(here())

window.addEventListener('popstate', () => place.set(here()))

/** Goes to another place of the console without loading a page. */
export function go(to: string, replace = false) {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  place.set(here())
}

export const usePlace = () => useStore(place)
export const currentPlace = () => place.get()
