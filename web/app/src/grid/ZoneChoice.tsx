import { Button, Tooltip } from '@fluentui/react-components'
import { GlobeClockRegular } from '@fluentui/react-icons'
import { useStore } from '../parts/store'
import { zone, zoneName } from './zone'

/** Switches between the times of UTC and those of the reader. */
export function ZoneChoice() {
  const now = useStore(zone)
  const other = now === 'UTC' ? 'local' : 'UTC'
  return (
    <Tooltip content={`Times are in ${zoneName(now)}. Show them in ${other === 'local' ? 'local time, ' : ''}${zoneName(other)}`} relationship="description">
      <Button size="small" appearance="subtle" icon={<GlobeClockRegular />} onClick={() => zone.set(other)}>{zoneName(now)}</Button>
    </Tooltip>
  )
}
