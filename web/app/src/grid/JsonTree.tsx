import { Button, Menu, MenuDivider, MenuItem, MenuList, MenuPopover } from '@fluentui/react-components'
import { createContext, useContext, useState } from 'react'
import type { Value } from '../api/query'
import { exactDigits } from './format'
import { pathText, type Path } from './path'

interface JsonTreeProps {
  value: unknown
  /** What the tree's paths begin with: the name of the column. */
  root?: string
  /** Adds a condition on the value at a path to the query. */
  onCondition?: (path: Path, value: Value, not: boolean) => void
}

interface Node {
  target: HTMLElement
  path: Path
  value: unknown
}

const NodeMenu = createContext<(n: Node) => void>(() => undefined)
const copy = (text: string) => void navigator.clipboard?.writeText(text)
const textOfNode = (v: unknown) => (typeof v === 'string' ? v : JSON.stringify(v, null, 2))

/** A value as a tree that opens and closes; small trees are open. Each of its values has a menu. */
export function JsonTree({ value, root, onCondition }: JsonTreeProps) {
  const [menu, setMenu] = useState<Node | undefined>(undefined)
  // Opening or closing all makes the tree anew with that.
  const [all, setAll] = useState<{ open?: boolean; turn: number }>({ turn: 0 })
  const nested = typeof value === 'object' && value !== null && !exactDigits(value)
  const leaf = menu && (typeof menu.value !== 'object' || menu.value === null || exactDigits(menu.value))
  const conditions = leaf && onCondition && menu.path.length > 0
  const item = (text: string, act: (n: Node) => void) => <MenuItem onClick={() => { act(menu!); setMenu(undefined) }}>{text}</MenuItem>
  const condition = (not: boolean) => (n: Node) => onCondition?.(n.path, (exactDigits(n.value) ?? n.value) as Value, not)
  return (
    <NodeMenu.Provider value={setMenu}>
      {nested && (
        <div className="json-all">
          <Button size="small" appearance="transparent" onClick={() => setAll({ open: true, turn: all.turn + 1 })}>Open all</Button>
          <Button size="small" appearance="transparent" onClick={() => setAll({ open: false, turn: all.turn + 1 })}>Close all</Button>
        </div>
      )}
      <Branch key={all.turn} value={value} path={[]} open={all.open} />
      {menu && (
        <Menu open positioning={{ target: menu.target, position: 'below', align: 'end' }} onOpenChange={(_e, d) => !d.open && setMenu(undefined)}>
          <MenuPopover>
            <MenuList>
              {item('Copy value', (n) => copy(exactDigits(n.value) ?? textOfNode(n.value)))}
              {item('Copy path', (n) => copy(pathText(root, n.path)))}
              {conditions && <MenuDivider />}
              {conditions && item('Query: only this value', condition(false))}
              {conditions && item('Query: not this value', condition(true))}
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
    </NodeMenu.Provider>
  )
}

function Branch({ value, name, path, open }: { value: unknown; name?: string; path: Path; open?: boolean }) {
  const showMenu = useContext(NodeMenu)
  const key = name === undefined ? null : <span className="json-key">{name}: </span>
  const more = path.length > 0 && (
    <button
      type="button" className="json-menu" aria-label={`Menu of ${name}`} aria-haspopup="menu"
      onClick={(e) => { e.preventDefault(); e.stopPropagation(); showMenu({ target: e.currentTarget, path, value }) }}
    >
      ⋯
    </button>
  )
  const entries: [string | number, unknown][] = Array.isArray(value) ? value.map((v, i) => [i, v]) : typeof value === 'object' && value !== null && !exactDigits(value) ? Object.entries(value) : []
  if (entries.length === 0) return <span className="json-line">{key}<Leaf value={value} />{more}</span>
  return (
    <details open={open ?? (path.length === 0 || (path.length < 2 && entries.length <= 30))}>
      <summary>
        {key}
        <span className="muted">{Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`}</span>
        {more}
      </summary>
      <ul>
        {entries.map(([k, v]) => <li key={k}><Branch value={v} name={String(k)} path={[...path, k]} open={open} /></li>)}
      </ul>
    </details>
  )
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span className="json-string">{JSON.stringify(value)}</span>
  const digits = exactDigits(value)
  if (digits || typeof value === 'number') return <span className="json-number">{digits ?? String(value)}</span>
  return <span className="json-word">{JSON.stringify(value)}</span>
}
