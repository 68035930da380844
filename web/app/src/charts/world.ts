import codes from 'i18n-iso-countries/codes.json'
import { feature } from 'topojson-client'
import topology from 'world-atlas/countries-110m.json'
import { cutAtDateLine, type Ring } from './dateline'

interface Country {
  type: 'Feature'
  id?: string
  properties: { name: string }
  geometry: { type: 'Polygon'; coordinates: Ring[] } | { type: 'MultiPolygon'; coordinates: Ring[][] }
}

const atlas = feature(topology as never, (topology as unknown as { objects: { countries: never } }).objects.countries) as unknown as { features: Country[] }

/** The countries of the world as Natural Earth draws them, small enough for a chart. Antarctica has no sign-ins, and takes a fifth of the map. */
export const world = {
  type: 'FeatureCollection',
  features: atlas.features.filter((f) => f.properties.name !== 'Antarctica').map((f) => ({ ...f, geometry: cutAtDateLine(f.geometry) })),
}

// Some places on the map are no countries of the standard and have no number.
const nameByNumber = new Map(world.features.flatMap((f) => (f.id === undefined ? [] : [[f.id, f.properties.name] as const])))
const numberByCode = new Map((codes as string[][]).map((c) => [c[0], c[2]]))

/** The map's name of the country with that code of two letters. */
export const countryName = (code: string): string | undefined => nameByNumber.get(numberByCode.get(code.toUpperCase()) ?? '')
