/** The way to a value inside a dynamic one: names of properties and places in lists. */
export type Path = (string | number)[]

/** A name as KQL writes it: in brackets where it is not a plain word. */
export const kqlName = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : `['${name.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}']`)

/** A path as KQL writes it: Bag.a[0]["b c"]. Without a root it begins with its first property. */
export function pathText(root: string | undefined, path: Path): string {
  const [first, ...rest] = root === undefined ? path : [root, ...path]
  const step = (p: string | number) => (typeof p === 'number' ? `[${p}]` : /^[A-Za-z_]\w*$/.test(p) ? '.' + p : `[${JSON.stringify(p)}]`)
  return kqlName(String(first)) + rest.map(step).join('')
}
