const perSign = 6.8
const padding = 17
/** A text up to so many signs, an address say, is worth more whole than half. */
const whole = 18
const longest = 40

/**
 * How the columns of a small table share its width: those with short texts take what they need (undefined), the long
 * ones share the rest by how long they are. Below the least width, in pixels, the table scrolls.
 */
export function roomOf(heads: string[], texts: string[][]): { widths: (string | undefined)[]; least: number } {
  const signs = texts.map((list, i) => Math.max(heads[i].length, ...list.map((t) => t.length), 3))
  const long = signs.map((n) => (n > whole ? Math.min(longest, n) : 0))
  const sum = long.reduce((a, b) => a + b, 0)
  return {
    widths: long.map((n) => (n === 0 ? undefined : `${Math.floor((100 * n) / sum)}%`)),
    least: Math.round(signs.reduce((n, s) => n + Math.min(s, whole) * perSign + padding, 0)),
  }
}
