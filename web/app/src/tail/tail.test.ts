import { describe, expect, test } from 'vitest'
import type { Column, Row, Table } from '../api/query'
import { hiddenOf, shownOf } from './columns'
import { added, mostKept, nextQuery, startQuery, waitingQuery } from './follow'

const answer = (...rows: Row[]): Table => ({ name: 't', columns: [{ name: 'A', type: 'string' }, { name: 'TailSequence', type: 'string' }], rows })

describe('a tail', () => {
  test('goes on behind the highest sequence, even beyond a double', () => {
    let rows = added(undefined, answer(['a', '9'], ['b', '9007199254740993']), '5')
    expect(rows).toMatchObject({ columns: [{ name: 'A' }], rows: [['a'], ['b']], seqs: ['9', '9007199254740993'], cursor: '9007199254740993' })
    rows = added(rows, answer(['c', '9007199254740994']))
    expect(rows.cursor).toBe('9007199254740994')
    expect(added(rows, answer())).toBe(rows)
    expect(nextQuery('T', '', rows.cursor)).toContain('_Seq > long(9007199254740994)')
  })
  test('begins at the end of the table where the filter finds nothing', () => expect(added(undefined, answer(), '77').cursor).toBe('77'))
  test('keeps so many rows', () => {
    const rows = added(added(undefined, answer(['old', '1'])), answer(...Array.from({ length: mostKept }, (_x, i): Row => ['x', String(i + 2)])))
    expect(rows.rows.length).toBe(mostKept)
    expect(rows.dropped).toBe(1)
    expect([rows.seqs.length, rows.seqs[0]]).toEqual([mostKept, '2'])
  })
  test('takes a condition with or without where', () => {
    expect(startQuery('T', '| where x == 1')).toBe(startQuery('T', 'x == 1'))
    expect(startQuery('My Table', '')).toMatch(/^\['My Table'\]\n\| top/)
  })
})

describe('the columns of a tail', () => {
  const columns: Column[] = ['A', 'B', 'C'].map((name) => ({ name, type: 'string' }))
  test('are those that were chosen and are still there, else the usual ones', () => {
    expect(shownOf(columns, ['C', 'Gone', 'A'], [1])).toEqual([2, 0])
    expect(shownOf(columns, ['Gone'], [1])).toEqual([1])
    expect([...hiddenOf(columns, [2, 0])]).toEqual([1])
  })
  test('a paused tail counts what waits', () => expect(waitingQuery('T', 'x == 1', '7')).toBe('T\n| where _Seq > long(7)\n| where x == 1\n| take 10000\n| count'))
})
