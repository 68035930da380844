/** The colours of charts. The first eight can be told apart by people who lack the red or the green cones, which a test checks. */
export interface Palette {
  series: string[]
  text: string
  faint: string
  line: string
  surface: string
  alarm: string
  land: string
  ramp: [string, string]
}

export const lightPalette: Palette = {
  series: ['#3157c4', '#c0861a', '#109b9f', '#9e3a62', '#6783e7', '#7a5c1f', '#509f88', '#8c2f32', '#8d74c9', '#616c7a'],
  text: '#424242', faint: '#616161', line: '#e5e5e5', surface: '#ffffff', alarm: '#c4314b', land: '#e6e9f0', ramp: ['#dbe3fb', '#1d3487'],
}

export const darkPalette: Palette = {
  series: ['#839ced', '#e0b050', '#49c7a2', '#d961ad', '#bfcef6', '#c9a86a', '#9fe1d7', '#e58383', '#bdabed', '#a9b4c2'],
  text: '#d6d6d6', faint: '#adadad', line: '#3a3a3a', surface: '#292929', alarm: '#ff7b8a', land: '#3a3f4b', ramp: ['#33407a', '#b3c3f6'],
}

export type Dash = 'solid' | 'dashed' | 'dotted'

const dashes: Dash[] = ['solid', 'dashed', 'dotted']

/** The look of the n-th series: where colours begin again, lines are dashed. */
export const lookOf = (p: Palette, n: number): { color: string; dash: Dash } => ({ color: p.series[n % p.series.length], dash: dashes[Math.floor(n / p.series.length) % dashes.length] })

const light = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)

/** How bright a colour of the form #rrggbb is, from 0 to 1, as WCAG has it. */
export function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => light(Number.parseInt(color.slice(i, i + 2), 16) / 255))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Black or white, what reads better on a colour: one of them has a contrast of 4.5 with any. */
export const inkOn = (color: string) => (luminance(color) > 0.179 ? '#000000' : '#ffffff')
