import { Spinner, Tab, TabList } from '@fluentui/react-components'
import { Suspense, lazy, useState } from 'react'
import type { Answer } from '../api/query'
import { Tile } from '../tiles/Tile'
import { failedPlaces } from './queries'

const WorldMap = lazy(() => import('./WorldMap'))

/** Failed sign-ins on a map of the world: as circles at their places, or as coloured countries. */
export function MapTile({ timespan, round, why, known }: { timespan?: string; round: number; why: string; known: boolean }) {
  const [how, setHow] = useState<'places' | 'countries'>('places')
  return (
    <Tile
      title="Failed sign-ins by place" query={known ? failedPlaces : undefined} why={why} timespan={timespan} round={round} className="w6 h2"
      actions={
        <TabList size="small" selectedValue={how} onTabSelect={(_e, d) => setHow(d.value as typeof how)}>
          <Tab value="places">Places</Tab>
          <Tab value="countries">Countries</Tab>
        </TabList>
      }
    >
      {(answer: Answer) => (
        <Suspense fallback={<Spinner size="tiny" className="waiting" />}>
          <WorldMap table={answer.tables[0]} how={how} />
        </Suspense>
      )}
    </Tile>
  )
}
