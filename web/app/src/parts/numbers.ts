const whole = new Intl.NumberFormat('en-US')

/** 12345 as 12,345. */
export const count = (n: number) => whole.format(Math.round(n))

/** How many of something there are: 1 row, 12,345 rows. */
export const many = (n: number, one: string, more = one + 's') => `${count(n)} ${n === 1 ? one : more}`

/** A number in at most four signs: 12.3 k. */
export function short(n: number): string {
  const steps: [number, string][] = [[1e12, ' T'], [1e9, ' G'], [1e6, ' M'], [1e4, ' k']]
  for (const [size, unit] of steps) {
    if (Math.abs(n) >= size) {
      const v = n / (size === 1e4 ? 1e3 : size)
      return (Math.abs(v) >= 100 ? v.toFixed(0) : v.toFixed(1)) + unit
    }
  }
  return Number.isInteger(n) ? whole.format(n) : Math.abs(n) >= 100 ? n.toFixed(0) : n.toFixed(1)
}

/** Bytes as people write them: 1.4 MB. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let i = 0
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000
    i++
  }
  return `${i === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(1)} ${units[i]}`
}

/** Seconds as people say them: 340 ms, 2.4 s, 3 min, 5 h, 12 d. */
export function span(seconds: number): string {
  if (seconds < 0) return '−' + span(-seconds)
  if (seconds < 0.0005) return '0 ms'
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86400)} d`
}

/** How long ago an instant was. */
export function ago(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return 'never'
  const seconds = (now - Date.parse(iso)) / 1000
  return seconds < 1.5 ? 'just now' : span(seconds) + ' ago'
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** An instant (UTC) in few signs: 20 Nov 09:18:29, with the year where it is not this one. */
export function moment(iso: string, now = new Date()): string {
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(iso)
  if (!m) return iso
  const day = `${Number(m[3])} ${months[Number(m[2]) - 1]}`
  return Number(m[1]) === now.getUTCFullYear() ? `${day} ${m[4]}` : `${day} ${m[1]} ${m[4]}`
}

/** So many a second. */
export const perSecond = (n: number) => (n > 0 && n < 0.05 ? '< 0.1/s' : `${short(n >= 100 ? Math.round(n) : Math.round(n * 10) / 10)}/s`)
