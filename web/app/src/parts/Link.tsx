import { forwardRef, type AnchorHTMLAttributes, type MouseEvent } from 'react'
import { go } from './route'

/** A link to another place of the console; a browser's own ways to open a link work as ever. */
export const Link = forwardRef<HTMLAnchorElement, AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }>(function Link({ href, onClick, ...rest }, ref) {
  const follow = (e: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(e)
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    e.preventDefault()
    go(href)
  }
  return <a ref={ref} href={href} onClick={follow} {...rest} />
})
