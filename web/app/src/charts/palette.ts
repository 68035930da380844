/** The colours of charts. Series differ in lightness too, so that they can be told apart without hue. */
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
  series: ['#3157c4', '#c58a1b', '#0f8a7e', '#b0467a', '#6c8ae6', '#7a5c1f', '#5bb5a6', '#8a2f2f', '#8d74c9', '#5f6b7a'],
  text: '#424242', faint: '#616161', line: '#e5e5e5', surface: '#ffffff', alarm: '#c4314b', land: '#e6e9f0', ramp: ['#dbe3fb', '#1d3487'],
}

export const darkPalette: Palette = {
  series: ['#839ced', '#e0b050', '#4fc3b0', '#e07fae', '#b3c3f6', '#c9a86a', '#9adfd2', '#e58383', '#c3b1ee', '#a9b4c2'],
  text: '#d6d6d6', faint: '#adadad', line: '#3a3a3a', surface: '#292929', alarm: '#ff7b8a', land: '#3a3f4b', ramp: ['#33407a', '#b3c3f6'],
}
