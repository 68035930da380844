import { textOf } from '../grid/format'
import type { TimeRange } from '../logs/time'
import { moment } from '../parts/numbers'
import { MiniTable } from '../tiles/MiniTable'
import { Tile } from '../tiles/Tile'
import { historyDays, newCountries } from './queries'
import { startOf } from '../parts/range'

const names = new Intl.DisplayNames(['en'], { type: 'region' })

/** A country's code and name, where it is a code. */
function countryOf(code: string): string {
  try {
    return `${names.of(code)} (${code})`
  } catch {
    return code
  }
}

/** Countries that the history does not have. held is the time of the first sign-in that is there. */
export function NewCountriesTile({ range, held, round, className }: { range: TimeRange; held: string | null; round: number; className: string }) {
  const start = startOf(range)
  const first = held ? Date.parse(held) : start
  const days = Math.min(historyDays, (start - first) / 86400e3)
  const span = days < 2 ? `${Math.round(days * 24)} hours` : `${Math.round(days)} days`
  if (days <= 0) {
    return <Tile title="New countries" round={round} className={className} why={held ? `There is no history to compare with: the first sign-in is of ${moment(held)}. Choose a shorter time.` : 'SigninLogs holds no rows yet.'} />
  }
  return (
    <Tile title="New countries" query={newCountries(range)} round={round} className={className}>
      {({ tables: [table] }) => (
        <div className="noted">
          <p className="muted">Successful sign-ins from countries that the {span} before this time do not have, for anybody or for this user.</p>
          {table.rows.length === 0 ? <p className="tile-note muted">None.</p> : <MiniTable table={table} shown={{ Country: { text: (v) => countryOf(textOf(v)) }, NewFor: { label: 'New for' }, SignIns: { label: 'Sign-ins' } }} />}
        </div>
      )}
    </Tile>
  )
}
