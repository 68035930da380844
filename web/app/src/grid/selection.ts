import type { KeyboardEvent } from 'react'
import type { Column, Row } from '../api/query'
import { recordOf, textOf } from './format'
import type { Line } from './model'

/** A cell by its line and its place among the shown columns. */
export interface Cell {
  line: number
  column: number
}

/** Cells from the one where choosing began to the one that keys move. */
export interface Selection {
  anchor: Cell
  active: Cell
}

/** The edges of a selection; all are part of it. */
export interface Area {
  top: number
  bottom: number
  left: number
  right: number
}

export const areaOf = ({ anchor: a, active: b }: Selection): Area => ({
  top: Math.min(a.line, b.line), bottom: Math.max(a.line, b.line), left: Math.min(a.column, b.column), right: Math.max(a.column, b.column),
})

export const at = (cell: Cell): Selection => ({ anchor: cell, active: cell })

/** The rows of an area, by their numbers; heads of groups have none. */
export const rowsIn = (lines: Line[], a: Area): number[] => lines.slice(a.top, a.bottom + 1).flatMap((l) => (l.kind === 'row' ? [l.row] : []))

/** The cells of an area as spreadsheets take them, with or without the columns' names; a single cell is its text. */
export function copyCells(columns: Column[], rows: Row[], lines: Line[], shown: number[], area: Area, heads: boolean): string {
  const picked = shown.slice(area.left, area.right + 1)
  const numbers = rowsIn(lines, area)
  if (numbers.length === 1 && picked.length === 1 && !heads) return textOf(rows[numbers[0]][picked[0]])
  const cell = (text: string) => (/[\t\n\r"]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text)
  const head = heads ? [picked.map((c) => cell(columns[c].name)).join('\t')] : []
  return [...head, ...numbers.map((n) => picked.map((c) => cell(textOf(rows[n][c]))).join('\t'))].join('\n')
}

/** The rows of an area as JSON: one as an object, several as a list. */
export function copyRows(columns: Column[], rows: Row[], lines: Line[], area: Area): string {
  const records = rowsIn(lines, area).map((n) => recordOf(columns, rows[n]))
  return JSON.stringify(records.length === 1 ? records[0] : records, null, 2)
}

/** The cell that a key leads to, if it leads to one. */
export function stepOf(e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>, from: Cell, page: number, lines: number, columns: number): Cell | undefined {
  const far = e.ctrlKey || e.metaKey
  const to = (line: number, column: number): Cell => ({ line: Math.max(0, Math.min(lines - 1, line)), column: Math.max(0, Math.min(columns - 1, column)) })
  switch (e.key) {
    case 'ArrowDown':
      return to(far ? lines - 1 : from.line + 1, from.column)
    case 'ArrowUp':
      return to(far ? 0 : from.line - 1, from.column)
    case 'ArrowLeft':
      return to(from.line, far ? 0 : from.column - 1)
    case 'ArrowRight':
      return to(from.line, far ? columns - 1 : from.column + 1)
    case 'PageDown':
      return to(from.line + page, from.column)
    case 'PageUp':
      return to(from.line - page, from.column)
    case 'Home':
      return to(far ? 0 : from.line, 0)
    case 'End':
      return to(far ? lines - 1 : from.line, columns - 1)
  }
  return undefined
}
