import codes from 'i18n-iso-countries/codes.json'
import { feature } from 'topojson-client'
import topology from 'world-atlas/countries-110m.json'

/** The countries of the world as Natural Earth draws them, small enough for a chart. */
export const world = feature(topology as never, (topology as unknown as { objects: { countries: never } }).objects.countries) as unknown as {
  type: 'FeatureCollection'
  features: { id?: string; properties: { name: string } }[]
}

// Antarctica has no sign-ins, and takes a fifth of the map.
world.features = world.features.filter((f) => f.properties.name !== 'Antarctica')

const nameByNumber = new Map(world.features.map((f) => [f.id, f.properties.name]))
const numberByCode = new Map((codes as string[][]).map((c) => [c[0], c[2]]))

/** The map's name of the country with that code of two letters. */
export const countryName = (code: string): string | undefined => nameByNumber.get(numberByCode.get(code.toUpperCase()))
