import { Fragment, type ReactNode } from 'react'
import { blocksOf, spansOf, type Block, type Span } from './markdownText'

/** A text in Markdown, as elements: nothing in it can be more than text and links. */
export function Markdown({ text }: { text: string }) {
  return <div className="markdown">{blocksOf(text).map((b, i) => <Fragment key={i}>{blockOf(b)}</Fragment>)}</div>
}

function blockOf(b: Block): ReactNode {
  switch (b.kind) {
    case 'heading': {
      // A tile is a section of a page whose headings go down to the second level.
      const Heading = (['h2', 'h3', 'h4'] as const)[Math.min(2, b.level - 1)]
      return <Heading><Spans list={spansOf(b.text)} /></Heading>
    }
    case 'list':
      return b.ordered ? <ol>{b.items.map((t, i) => <li key={i}><Spans list={spansOf(t)} /></li>)}</ol> : <ul>{b.items.map((t, i) => <li key={i}><Spans list={spansOf(t)} /></li>)}</ul>
    case 'code':
      return <pre>{b.text}</pre>
    case 'rule':
      return <hr />
    case 'table':
      return (
        <table>
          <thead><tr>{b.head.map((t, i) => <th key={i}><Spans list={spansOf(t)} /></th>)}</tr></thead>
          <tbody>{b.rows.map((r, i) => <tr key={i}>{r.map((t, j) => <td key={j}><Spans list={spansOf(t)} /></td>)}</tr>)}</tbody>
        </table>
      )
    case 'text':
      return <p><Spans list={spansOf(b.text)} /></p>
  }
}

function Spans({ list }: { list: Span[] }) {
  return <>{list.map((s, i) => <Fragment key={i}>{s.kind === 'bold' ? <strong>{s.text}</strong> : s.kind === 'italic' ? <em>{s.text}</em> : s.kind === 'code' ? <code>{s.text}</code> : s.kind === 'link' ? <a href={s.to} target="_blank" rel="noopener noreferrer">{s.text}</a> : s.text}</Fragment>)}</>
}
