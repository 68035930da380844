/** A piece of a text in Markdown that stands on lines of its own. */
export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] }
  | { kind: 'rule' }

/** A piece of a line. */
export type Span = { kind: 'text' | 'bold' | 'italic' | 'code'; text: string } | { kind: 'link'; text: string; to: string }

const item = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/
const cells = (line: string) => line.trim().replace(/^\||\|$/g, '').split('|').map((c) => c.trim())

/** Takes a text apart. HTML is left out: a note says what it says without it. */
export function blocksOf(source: string): Block[] {
  const lines = source.replace(/\r\n?/g, '\n').replace(/<!--[\s\S]*?-->/g, '').split('\n')
  const blocks: Block[] = []
  let text: string[] = []
  const flush = () => {
    const joined = text.join(' ').replace(/<\/?[a-zA-Z][^<>]*>/g, '').trim()
    if (joined) blocks.push({ kind: 'text', text: joined })
    text = []
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    const heading = /^\s{0,3}(#{1,6})\s*([^#\s].*?)\s*#*$/.exec(line)
    const listed = item.exec(line)
    if (/^\s*```/.test(line)) {
      flush()
      const end = lines.findIndex((l, j) => j > i && /^\s*```/.test(l))
      blocks.push({ kind: 'code', text: lines.slice(i + 1, end < 0 ? undefined : end).join('\n') })
      i = end < 0 ? lines.length : end
    } else if (heading) {
      flush()
      blocks.push({ kind: 'heading', level: heading[1].length, text: heading[2].replace(/<\/?[a-zA-Z][^<>]*>/g, '') })
    } else if (/^\s*([-*_])\s*(\1\s*){2,}$/.test(line)) {
      flush()
      blocks.push({ kind: 'rule' })
    } else if (listed) {
      flush()
      const last = blocks.at(-1)
      const ordered = listed[1] !== undefined
      if (last?.kind === 'list' && last.ordered === ordered && item.test(lines[i - 1] ?? '')) last.items.push(listed[2])
      else blocks.push({ kind: 'list', ordered, items: [listed[2]] })
    } else if (line.includes('|') && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1] ?? '') && (lines[i + 1] ?? '').includes('-')) {
      flush()
      const rows: string[][] = []
      let j = i + 2
      for (; j < lines.length && lines[j].includes('|'); j++) rows.push(cells(lines[j]))
      blocks.push({ kind: 'table', head: cells(line), rows })
      i = j - 1
    } else if (line.trim() === '') flush()
    else text.push(line.trim())
  }
  flush()
  return blocks
}

const marks = /`([^`]+)`|!?\[([^\]]*)\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)|\*\*(\S(?:.*?\S)?)\*\*|__(\S(?:.*?\S)?)__|\*([^*\s](?:[^*]*[^*\s])?)\*|(?<!\w)_([^_\s](?:[^_]*[^_\s])?)_(?!\w)/g

/** Takes a line apart. Only links to other sites and within the console are links; a picture is its text. */
export function spansOf(line: string): Span[] {
  const spans: Span[] = []
  let at = 0
  for (const m of line.matchAll(marks)) {
    if (m.index > at) spans.push({ kind: 'text', text: line.slice(at, m.index) })
    at = m.index + m[0].length
    if (m[1] !== undefined) spans.push({ kind: 'code', text: m[1] })
    else if (m[3] !== undefined) {
      const picture = m[0].startsWith('!')
      if (!picture && /^(https?:\/\/|\/(?!\/))/.test(m[3])) spans.push({ kind: 'link', text: m[2] || m[3], to: m[3] })
      else if (m[2]) spans.push({ kind: 'text', text: m[2] })
    } else if (m[6] !== undefined || m[7] !== undefined) spans.push({ kind: 'italic', text: m[6] ?? m[7] })
    else spans.push({ kind: 'bold', text: m[4] ?? m[5] })
  }
  if (at < line.length) spans.push({ kind: 'text', text: line.slice(at) })
  return spans
}
