export type Ring = [number, number][]
type Geometry = { type: 'Polygon'; coordinates: Ring[] } | { type: 'MultiPolygon'; coordinates: Ring[][] }

/** Cuts polygons that cross the 180th meridian in two: drawn flat they would span the whole map. */
export function cutAtDateLine(g: Geometry): Geometry {
  const polygons = g.type === 'Polygon' ? [g.coordinates] : g.coordinates
  if (!polygons.some((p) => p.some(crosses))) return g
  return { type: 'MultiPolygon', coordinates: polygons.flatMap((p) => (p.some(crosses) ? parts(p) : [p])) }
}

const crosses = (r: Ring) => r.some(([x], i) => i > 0 && Math.abs(x - r[i - 1][0]) > 180)

function parts(polygon: Ring[]): Ring[][] {
  const whole = polygon.map(unrolled)
  const lefts = Math.floor((Math.min(...whole[0].map(([x]) => x)) + 180) / 360)
  const rights = Math.floor((Math.max(...whole[0].map(([x]) => x)) + 180) / 360)
  const list: Ring[][] = []
  for (let turn = lefts; turn <= rights; turn++) {
    const from = turn * 360 - 180
    const cut = whole.map((r) => half(half(r, from, 1), from + 360, -1)).filter((r) => r.length > 2)
    if (cut.length > 0) list.push(cut.map((r) => [...r, r[0]].map(([x, y]): [number, number] => [x - turn * 360, y])))
  }
  return list
}

/** The ring with longitudes that go on beyond 180 instead of jumping. */
function unrolled(ring: Ring): Ring {
  let shift = 0
  return ring.map(([x, y], i) => {
    if (i > 0) {
      const step = x - ring[i - 1][0]
      if (step > 180) shift -= 360
      else if (step < -180) shift += 360
    }
    return [x + shift, y]
  })
}

/** The part of a ring on one side of a meridian: east of it for side 1, west for -1. */
function half(ring: Ring, meridian: number, side: 1 | -1): Ring {
  const inside = ([x]: [number, number]) => (x - meridian) * side >= 0
  const out: Ring = []
  ring.forEach((b, i) => {
    const a = ring[(i + ring.length - 1) % ring.length]
    if (inside(a) !== inside(b)) out.push([meridian, a[1] + ((b[1] - a[1]) * (meridian - a[0])) / (b[0] - a[0])])
    if (inside(b)) out.push(b)
  })
  return out
}
