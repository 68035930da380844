/**
 * JSON with a line for each value, undefined where the text is none. Only white space between values changes: numbers,
 * escapes, the order of keys and keys that stand twice are as they were received.
 */
export function pretty(text: string): string | undefined {
  const plain = text.replace(/^\uFEFF/, '')
  try {
    const value: unknown = JSON.parse(plain)
    if (typeof value !== 'object' || value === null) return undefined
  } catch {
    return undefined
  }
  let out = ''
  let depth = 0
  const line = () => '\n' + '  '.repeat(depth)
  for (const [token] of plain.matchAll(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    switch (token[0]) {
      case '{':
      case '[':
        if (token.length > 1) out += token[0] + token.at(-1)
        else {
          depth++
          out += token + line()
        }
        break
      case '}':
      case ']':
        depth--
        out += line() + token
        break
      case ',':
        out += token + line()
        break
      case ':':
        out += ': '
        break
      default:
        out += token
    }
  }
  return out
}
