import { MapChart } from 'echarts/charts'
import { GeoComponent, VisualMapContinuousComponent } from 'echarts/components'
import { registerMap, use } from 'echarts/core'
import { world } from './world'

use([MapChart, GeoComponent, VisualMapContinuousComponent])
registerMap('world', world as never)
