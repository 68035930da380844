import { useMemo } from 'react'
import type { Table } from '../api/query'
import { useDark } from '../app/theme'
import Canvas from '../charts/Canvas'
import { darkPalette, lightPalette } from '../charts/palette'
import { countriesOption, mapOption } from '../charts/special'
import { countryName } from '../charts/world'
import { numberOf } from '../charts/shape'
import { textOf } from '../grid/format'

/** Draws the answer of the query of failed places. */
export default function WorldMap({ table, how }: { table: Table; how: 'places' | 'countries' }) {
  const dark = useDark()
  const option = useMemo(() => {
    const o = { palette: dark ? darkPalette : lightPalette, compact: true }
    return how === 'places' ? mapOption(table, o) : countriesOption(byCountry(table), o, countryName)
  }, [table, dark, how])
  const worst = table.rows.slice(0, 5).map((r) => `${textOf(r[0]) || textOf(r[1])} ${textOf(r[4])}`).join(', ')
  return <Canvas option={option} label={`Map of failed sign-ins. Most: ${worst}`} />
}

function byCountry(table: Table): Table {
  const country = table.columns.findIndex((c) => c.name === 'Location')
  const failures = table.columns.findIndex((c) => c.name === 'Failures')
  const sums = new Map<string, number>()
  for (const r of table.rows) sums.set(textOf(r[country]), (sums.get(textOf(r[country])) ?? 0) + (numberOf(r[failures]) ?? 0))
  return { name: table.name, columns: [table.columns[country], table.columns[failures]], rows: [...sums] }
}
