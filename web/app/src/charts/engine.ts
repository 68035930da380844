import { BarChart, CustomChart, LineChart, MapChart, PieChart, ScatterChart, TreemapChart } from 'echarts/charts'
import { AriaComponent, DataZoomComponent, GeoComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { world } from './world'

echarts.use([
  BarChart, CustomChart, LineChart, MapChart, PieChart, ScatterChart, TreemapChart, AriaComponent, DataZoomComponent, GeoComponent, GridComponent, LegendComponent, TitleComponent,
  TooltipComponent, VisualMapComponent, CanvasRenderer,
])
echarts.registerMap('world', world as never)

export { echarts }
