import { createKeptStore } from '../parts/store'

export type Zone = 'UTC' | 'local'

/** The time zone in which people read times. Answers, copies and exports have them in UTC. */
export const zone = createKeptStore<Zone>('lazuli.zone', 'UTC')

/** The name of a zone at the current time: UTC, or CET, GMT+2 … */
export function zoneName(z: Zone): string {
  if (z === 'UTC') return 'UTC'
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(new Date())
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? 'local'
}

const two = (n: number) => String(n).padStart(2, '0')

/** An instant as people read it, to the tick: 2026-01-02 03:04:05.1234567. */
export function timeText(iso: string, z: Zone): string {
  const plain = iso.replace('T', ' ').replace('Z', '')
  if (z === 'UTC') return plain
  const at = new Date(iso.replace(/(\.\d{3})\d+/, '$1'))
  if (Number.isNaN(at.getTime())) return plain
  const fraction = /\.\d+/.exec(iso)?.[0] ?? ''
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${fraction}`
}
