import type { EChartsCoreOption } from 'echarts/core'
import type { Dash, Palette } from './palette'
import { shortened } from './values'

export interface DrawOptions {
  palette: Palette
  /** A small chart on a board: less around it. */
  compact?: boolean
  /** Draws the legend into the chart: for boards and images. A panel has one beside it. */
  legend?: boolean
  /** The names of series that are switched off; undefined leaves it to the chart. */
  hidden?: ReadonlySet<string>
  /** The most series that are drawn one by one. */
  most?: number
  /** Patterns besides colours. */
  patterns?: boolean
  /** Nothing moves: for images and for those who want it so. */
  still?: boolean
  /** The width that there is, in pixels. */
  width?: number
}

/** A series as a legend shows it. */
export interface Entry {
  name: string
  color: string
  dash: Dash
  mark: 'line' | 'box' | 'dot'
  /** Its value, where it has one. */
  text?: string
}

/** What a chart shows, for legends, readers and tests. */
export interface Facts {
  entries: Entry[]
  /** What is switched off, where nobody has chosen. */
  off?: ReadonlySet<string>
  /** The kind of the x axis, none for charts without axes. */
  x: 'time' | 'number' | 'span' | 'category' | 'none'
  /** The kinds of the y axes, one for each. */
  y: string[]
  /** The columns that are drawn, by their places. */
  columns: { x: number; ys: number[]; series: number[] }
  /** The distance of neighbours on x; an instant stands for the time until the next. */
  step: number
  points: number
  /** What each series is in numbers. */
  numbers: { name: string; points: number; least: string; largest: string; last: string }[]
  /** One value of x after the other, in words. */
  at?: { count: number; text: (i: number) => string; tip: (i: number) => { seriesIndex: number; dataIndex: number } }
}

/** What to show for a result: a chart, big numbers, or why there is no chart. */
export type Drawing =
  | { kind: 'chart'; option: EChartsCoreOption; notes: string[]; facts: Facts }
  | { kind: 'card'; title?: string; values: { name: string; value: string; long: boolean }[]; notes: string[] }
  | { kind: 'none'; why: string }

/** What all charts share. */
export function frame(o: DrawOptions, entries: Entry[]): EChartsCoreOption {
  const { palette } = o
  return {
    color: palette.series,
    backgroundColor: 'transparent',
    animation: !o.still,
    animationDuration: 200,
    useUTC: true,
    textStyle: { fontFamily: '"Segoe UI Variable", "Segoe UI", system-ui, sans-serif', color: palette.text },
    legend: {
      show: showsLegend(o, entries), type: 'scroll', formatter: (name: string) => shortened(name, 44), bottom: 0, left: 8, right: 8, icon: 'roundRect', itemWidth: 10, itemHeight: 10,
      textStyle: { color: palette.text, fontSize: 12 }, pageTextStyle: { color: palette.text }, pageIconColor: palette.text, pageIconInactiveColor: palette.line, pageIconSize: 10, data: entries.map((e) => e.name),
      selectedMode: !!o.compact, inactiveColor: palette.line,
    },
    tooltip: { confine: true, backgroundColor: palette.surface, borderColor: palette.line, padding: [6, 10], textStyle: { color: palette.text, fontSize: 12 }, transitionDuration: 0, extraCssText: 'max-width:min(480px,90vw)' },
    // The reader's words are the panel's own; only the patterns are taken.
    aria: { enabled: !!o.patterns, label: { enabled: false }, decal: { show: !!o.patterns } },
  }
}

export const showsLegend = (o: DrawOptions, entries: Entry[]) => !!o.legend && entries.length > 1

export function titleOf(title: string | null | undefined, o: DrawOptions) {
  return title && !o.compact ? { text: title, left: 'center', top: 4, textStyle: { fontSize: 14, fontWeight: 600, color: o.palette.text, width: (o.width ?? 900) - 32, overflow: 'truncate' } } : undefined
}

/** The space that the title takes at the top, in pixels. */
export const topOf = (title: string | null | undefined, o: DrawOptions) => (title && !o.compact ? 36 : 12)
