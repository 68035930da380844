import type { Value } from '../api/query'
import { textOf } from '../grid/format'

const known: Record<string, { sign: string; tone: string; rank: number }> = {
  critical: { sign: '▲▲', tone: 'bad', rank: 0 }, high: { sign: '▲', tone: 'bad', rank: 1 }, medium: { sign: '◆', tone: 'warn', rank: 2 },
  low: { sign: '●', tone: 'low', rank: 3 }, informational: { sign: '○', tone: 'none', rank: 4 },
}

const of = (name: string) => known[name.toLowerCase()] ?? { sign: '·', tone: 'none', rank: 5 }

/** Orders severities, the worst first. */
export const bySeverity = (a: string, b: string) => of(a).rank - of(b).rank || a.localeCompare(b)

/** A severity by its word, a shape and a colour: any one of the three tells it. */
export function Severity({ value, children }: { value: Value; children?: React.ReactNode }) {
  const name = textOf(value) || 'Unknown'
  const { sign, tone } = of(name)
  return (
    <span className={'severity severity-' + tone}>
      <span aria-hidden>{sign}</span> {name}
      {children}
    </span>
  )
}
