import { useEffect } from 'react'
import { go } from '../parts/route'
import { places } from './places'

/** Whether keys pressed there are text. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

/** The keys that work everywhere: "?" for help, and "g" followed by a place's letter. */
export function useGlobalKeys(help: () => void) {
  useEffect(() => {
    let going = false
    let timer = 0
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target)) return
      if (e.key === '?') {
        e.preventDefault()
        help()
      } else if (going) {
        going = false
        const place = places.find((p) => p.key === e.key)
        if (place) {
          e.preventDefault()
          go(place.path)
        }
      } else if (e.key === 'g') {
        going = true
        clearTimeout(timer)
        timer = window.setTimeout(() => (going = false), 1500)
      }
    }
    window.addEventListener('keydown', onKey)
    return () => {
      window.removeEventListener('keydown', onKey)
      clearTimeout(timer)
    }
  }, [help])
}
