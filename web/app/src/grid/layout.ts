import type { Column, Row } from '../api/query'
import { cellText } from './format'

export const rowHeight = 30
export const headHeight = 34
/** Rows beyond the visible ones, so that a fast scroll shows no gap. */
const moreRows = 4
const morePixels = 160
/** The part of the width that pinned columns may take. */
const mostPinned = 0.7

const least = 72
const most = 420
const perSign = 7.4

/** Widths that show most of what the first rows hold. */
export function widthsOf(columns: Column[], rows: Row[]): number[] {
  const sample = rows.slice(0, 60)
  return columns.map((c, i) => {
    let signs = c.name.length + 3
    for (const r of sample) signs = Math.max(signs, Math.min(80, cellText(r[i], c.type).length))
    return Math.round(Math.min(most, Math.max(least, signs * perSign + 22)))
  })
}

/** The width that shows all of a column's loaded rows, within reason. */
export function fitWidth(column: Column, index: number, rows: Row[]): number {
  let signs = column.name.length + 3
  for (const r of rows.slice(0, 5000)) signs = Math.max(signs, cellText(r[index], column.type).length)
  return Math.round(Math.min(900, Math.max(least, signs * perSign + 22)))
}

/** Where each column begins, and behind the last where it ends. */
export function offsetsOf(widths: number[]): number[] {
  const list = [0]
  for (const w of widths) list.push(list[list.length - 1] + w)
  return list
}

/** The part of the grid that has elements. */
export interface Window {
  firstRow: number
  lastRow: number
  firstColumn: number
  lastColumn: number
  /** How many columns stay at the left: none, where they would leave no room for the others. */
  pins: number
}

/** The window for a scroll position; "last" ones are not included. */
export function windowOf(top: number, left: number, height: number, width: number, lines: number, offsets: number[], wanted = 0): Window {
  const firstRow = Math.max(0, Math.floor(top / rowHeight) - moreRows)
  // The number of rows stays the same while scrolling, so that each element finds a row to show.
  const lastRow = Math.min(lines, firstRow + Math.ceil(height / rowHeight) + 2 * moreRows + 1)
  const columns = offsets.length - 1
  const pins = (offsets[wanted] ?? 0) > width * mostPinned ? 0 : Math.min(wanted, columns)
  let firstColumn = pins
  while (firstColumn < columns && offsets[firstColumn + 1] < left + offsets[pins] - morePixels) firstColumn++
  let lastColumn = firstColumn
  while (lastColumn < columns && offsets[lastColumn] < left + width + morePixels) lastColumn++
  return { firstRow, lastRow, firstColumn, lastColumn, pins }
}

export const sameWindow = (a: Window, b: Window) =>
  a.firstRow === b.firstRow && a.lastRow === b.lastRow && a.firstColumn === b.firstColumn && a.lastColumn === b.lastColumn && a.pins === b.pins

/** The place among the columns that a distance from the left edge of all of them is at. */
export function columnAt(x: number, offsets: number[]): number {
  let i = 0
  while (i < offsets.length - 2 && offsets[i + 1] <= x) i++
  return i
}
