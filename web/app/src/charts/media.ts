import { useSyncExternalStore } from 'react'

function follow(query: string) {
  const media = window.matchMedia(query)
  const subscribe = (listener: () => void) => {
    media.addEventListener('change', listener)
    return () => media.removeEventListener('change', listener)
  }
  return () => useSyncExternalStore(subscribe, () => media.matches)
}

/** Whether nothing is to move. */
export const useStill = follow('(prefers-reduced-motion: reduce)')

/** Whether the reader asks for more contrast than usual. */
export const useContrast = follow('(prefers-contrast: more), (forced-colors: active)')
