import type { Column } from '../api/query'

/** The columns to show: those that somebody chose as far as the table has them, else the usual ones. */
export function shownOf(columns: Column[], chosen: string[] | undefined, usual: number[]): number[] {
  const own = (chosen ?? []).map((name) => columns.findIndex((c) => c.name === name)).filter((i) => i >= 0)
  return own.length > 0 ? own : usual
}

export const hiddenOf = (columns: Column[], shown: number[]): Set<number> => new Set(columns.map((_c, i) => i).filter((i) => !shown.includes(i)))
