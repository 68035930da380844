import { Button, Tooltip } from '@fluentui/react-components'
import { DeleteRegular, EditRegular } from '@fluentui/react-icons'
import { workspace } from '../api/session'
import { useStore } from '../parts/store'
import { folders, remove, saved, type Folder, type SavedDocument } from './saved'
import type { SidePanelProps } from './SidePanel'

type Actions = Pick<SidePanelProps, 'onOpen' | 'onInsert' | 'onEdit'>

/** The saved queries and functions in their folders. */
export function SavedTree({ wanted, ...actions }: Actions & { wanted: string }) {
  const all = useStore(saved)
  const found = all.filter((d) => !wanted || [d.body.title, d.body.folder, d.body.function?.name, d.body.query].some((t) => t?.toLowerCase().includes(wanted)))
  if (all.length === 0) return <p className="muted side-note">Nothing is saved yet. Save keeps a query here for everybody in the workspace.</p>
  if (found.length === 0) return <p className="muted side-note">Nothing saved is like that.</p>
  return folders(found).map((f) => <FolderNode key={f.name} folder={f} {...actions} />)
}

function FolderNode({ folder, ...actions }: Actions & { folder: Folder }) {
  return (
    <details className="node" open>
      <summary>{folder.name}</summary>
      <ul>
        {folder.folders.map((f) => <li key={'/' + f.name}><FolderNode folder={f} {...actions} /></li>)}
        {folder.docs.map((d) => <SavedNode key={d.id} doc={d} {...actions} />)}
      </ul>
    </details>
  )
}

function SavedNode({ doc, onOpen, onInsert, onEdit }: Actions & { doc: SavedDocument }) {
  const { title, query, timespan, function: f } = doc.body
  const drop = () => {
    if (window.confirm(`Delete "${title}" for everybody?`)) void remove(workspace.get(), doc).catch((e: Error) => window.alert(e.message))
  }
  return (
    <li className="saved">
      <button type="button" className="leaf" title={query} onClick={() => onOpen(query, title, timespan ?? null, doc.id)}>{title}</button>
      {f && <button type="button" className="leaf mono" title="Insert a call" onClick={() => onInsert(`${f.name}(${f.parameters ? '' : ')'}`)}>ƒ {f.name}</button>}
      <Tooltip content="Rename or move" relationship="label"><Button size="small" appearance="transparent" icon={<EditRegular />} onClick={() => onEdit(doc)} /></Tooltip>
      <Tooltip content="Delete" relationship="label"><Button size="small" appearance="transparent" icon={<DeleteRegular />} onClick={drop} /></Tooltip>
    </li>
  )
}
