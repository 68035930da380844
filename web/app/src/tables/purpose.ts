/** What a table's documentation says, taken apart: Azure's reference gives most tables only labels. */
export interface Purpose {
  text: string
  facts: [string, string][]
}

/** Takes "Category: Network. Solution: LogManagement." apart into facts; any other text stays as it is. */
export function purposeOf(doc: string): Purpose {
  const facts: [string, string][] = []
  const text = doc
    .replace(/\b(Category|Solution|Resource types): ((?:[^.]|\.(?=\S))*)\.(?=\s|$)\s*/g, (_all, label: string, value: string) => {
      facts.push([label === 'Category' ? 'Kind' : label, value.replace(/\s+/g, ' ').trim()])
      return ''
    })
    .trim()
  return { text, facts }
}
