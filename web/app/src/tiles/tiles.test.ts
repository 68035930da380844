import { describe, expect, test } from 'vitest'
import { moment, perSecond } from '../parts/numbers'
import { roomOf } from './room'

describe('the columns of a small table', () => {
  test('take what they need when they are short, and share the rest when they are long', () => {
    const { widths, least } = roomOf(['Address', 'Long', 'Longer', 'N'], [['198.51.100.10'], ['x'.repeat(20)], ['x'.repeat(60)], ['1']])
    expect(widths).toEqual([undefined, '33%', '66%', undefined])
    expect(least).toBeGreaterThan(300)
    expect(least).toBeLessThan(480)
  })
})

test.each([['2026-11-20T09:18:29.1234567Z', '20 Nov 09:18:29'], ['2025-01-02T03:04:05Z', '2 Jan 2025 03:04:05'], ['soon', 'soon']])('the instant %s', (iso, want) => expect(moment(iso, new Date('2026-12-01T00:00:00Z'))).toBe(want))
test.each([[0, '0/s'], [0.01, '< 0.1/s'], [1.26, '1.3/s'], [7794.6, '7,795/s'], [12345, '12.3 k/s']])('the rate %d', (n, want) => expect(perSecond(n)).toBe(want))
