import { createDarkTheme, createLightTheme, type BrandVariants, type Theme } from '@fluentui/react-components'
import { useSyncExternalStore } from 'react'
import { createKeptStore, useStore } from '../parts/store'

// The blues of the stone, from its shadow to its gloss.
const lazuli: BrandVariants = {
  10: '#020308', 20: '#0e1530', 30: '#132155', 40: '#172a72', 50: '#1d3487', 60: '#233f9d', 70: '#2a4ab1', 80: '#3157c4',
  90: '#4267d3', 100: '#5678de', 110: '#6c8ae6', 120: '#839ced', 130: '#9bb0f2', 140: '#b3c3f6', 150: '#ccd7fa', 160: '#e6ebfd',
}

export const light: Theme = createLightTheme(lazuli)

export const dark: Theme = {
  ...createDarkTheme(lazuli),
  colorBrandForeground1: lazuli[120],
  colorBrandForeground2: lazuli[130],
  colorBrandForegroundLink: lazuli[130],
  colorBrandForegroundLinkHover: lazuli[140],
}

export type ThemeChoice = 'system' | 'light' | 'dark'

export const themeChoice = createKeptStore<ThemeChoice>('lazuli.theme', 'system')

const systemDark = window.matchMedia('(prefers-color-scheme: dark)')

function subscribeSystem(listener: () => void) {
  systemDark.addEventListener('change', listener)
  return () => systemDark.removeEventListener('change', listener)
}

/** Whether the dark theme is shown. */
export function useDark(): boolean {
  const system = useSyncExternalStore(subscribeSystem, () => systemDark.matches)
  const choice = useStore(themeChoice)
  return choice === 'system' ? system : choice === 'dark'
}
