const width = 120
const height = 18

/** Numbers as a small line, the least at the bottom. */
export function Trend({ values }: { values: number[] }) {
  const least = Math.min(...values)
  const range = Math.max(...values) - least || 1
  const points = values.map((v, i) => `${((i * width) / (values.length - 1)).toFixed(1)},${(height - 1 - ((v - least) / range) * (height - 2)).toFixed(1)}`)
  return (
    <svg className="trend" viewBox={`0 0 ${width} ${height}`} width={width} height={height} preserveAspectRatio="none" role="img" aria-label={`${values.length} values from ${least} to ${least + range}, the last ${values.at(-1)}`}>
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" strokeWidth="1.3" vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
