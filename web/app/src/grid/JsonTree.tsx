/** A value as a tree that opens and closes; small trees are open. */
export function JsonTree({ value, name, depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  const key = name === undefined ? null : <span className="json-key">{name}: </span>
  if (value === null || typeof value !== 'object') {
    return (
      <span>
        {key}
        <Leaf value={value} />
      </span>
    )
  }
  const entries: [string, unknown][] = Array.isArray(value) ? value.map((v, i) => [String(i), v]) : Object.entries(value)
  const summary = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`
  if (entries.length === 0) {
    return (
      <span>
        {key}
        {Array.isArray(value) ? '[]' : '{}'}
      </span>
    )
  }
  return (
    <details open={depth < 2 && entries.length <= 30}>
      <summary>
        {key}
        <span className="muted">{summary}</span>
      </summary>
      <ul>
        {entries.map(([k, v]) => (
          <li key={k}>
            <JsonTree value={v} name={k} depth={depth + 1} />
          </li>
        ))}
      </ul>
    </details>
  )
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span className="json-string">{JSON.stringify(value)}</span>
  if (typeof value === 'number') return <span className="json-number">{String(value)}</span>
  return <span className="json-word">{String(value)}</span>
}
