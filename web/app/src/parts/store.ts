import { useSyncExternalStore } from 'react'

/** A value that components follow. Setting an equal value wakes nobody. */
export interface Store<T> {
  get(): T
  set(next: T | ((now: T) => T)): void
  subscribe(listener: () => void): () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      const v = typeof next === 'function' ? (next as (now: T) => T)(value) : next
      if (Object.is(v, value)) return
      value = v
      for (const l of [...listeners]) l()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** A store whose value survives a reload of the page, in this browser. */
export function createKeptStore<T>(key: string, initial: T): Store<T> {
  const store = createStore(read(key, initial))
  store.subscribe(() => keep(key, store.get()))
  return store
}

function read<T>(key: string, initial: T): T {
  try {
    const text = localStorage.getItem(key)
    return text === null ? initial : (JSON.parse(text) as T)
  } catch {
    return initial
  }
}

function keep(key: string, value: unknown) {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // The browser's store is full or closed: the page works on without it.
  }
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}
