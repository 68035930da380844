import { Button, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components'
import { AddRegular, ArrowUploadRegular, DeleteRegular } from '@fluentui/react-icons'
import { useRef, useState } from 'react'
import { workspace } from '../api/session'
import { Confirm } from '../parts/Confirm'
import { Link } from '../parts/Link'
import { go } from '../parts/route'
import { emptyDashboard, parseDashboard, type Dashboard } from './model'
import { createDashboard, removeDashboard, type DashboardDocument } from './store'
import { templates, type Template } from './templates'
import { fromWorkbook } from './workbook'

/** What an import brought. */
function cameOver(d: Dashboard): string {
  const texts = d.tiles.filter((t) => t.text !== undefined).length
  return `${d.tiles.length - texts} queries and ${texts} texts came over; these parts of the workbook did not:`
}

/** The dashboards there are, and the ways to more of them. */
export function DashboardList({ list, missing }: { list: DashboardDocument[]; missing?: string }) {
  const file = useRef<HTMLInputElement>(null)
  const [note, setNote] = useState<{ title: string; lines: string[]; to?: string } | undefined>(undefined)
  const [error, setError] = useState(missing ? `There is no dashboard ${missing} in this workspace.` : '')
  const attempt = async (work: () => Promise<void>) => {
    setError('')
    try {
      await work()
    } catch (e) {
      setError((e as Error).message)
    }
  }
  const create = () => attempt(async () => go('/dashboards/' + (await createDashboard(workspace.get(), emptyDashboard('New dashboard'))).id + '#edit'))
  const use = (t: Template) => attempt(async () => go('/dashboards/' + (await createDashboard(workspace.get(), await t.load())).id))
  const importFile = (f: File) =>
    attempt(async () => {
      let value: unknown
      try {
        value = JSON.parse(await f.text())
      } catch {
        throw new Error(`${f.name} is not JSON.`)
      }
      const book = fromWorkbook(value, f.name.replace(/\.[^.]*$/, ''))
      const doc = await createDashboard(workspace.get(), book ? book.dashboard : parseDashboard(value))
      if (book && book.left.length > 0) setNote({ title: cameOver(book.dashboard), lines: book.left, to: doc.id })
      else go('/dashboards/' + doc.id)
    })
  const [dropping, setDropping] = useState<DashboardDocument | undefined>(undefined)
  return (
    <div className="page">
      <div className="page-head">
        <h1>Dashboards</h1>
        <span className="grow" />
        <input ref={file} type="file" accept=".json,.workbook,application/json" hidden aria-label="File to import" onChange={(e) => { const f = e.target.files?.[0]; e.target.value = ''; if (f) void importFile(f) }} />
        <Button icon={<ArrowUploadRegular />} onClick={() => file.current?.click()}>Import</Button>
        <Button appearance="primary" icon={<AddRegular />} onClick={() => void create()}>New dashboard</Button>
      </div>
      {error && <MessageBar intent="error"><MessageBarBody>{error}</MessageBarBody></MessageBar>}
      {note && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{note.title}</MessageBarTitle>
            <ul className="left-list">{note.lines.map((line, i) => <li key={i}>{line}</li>)}</ul>{note.to && <Link href={'/dashboards/' + note.to}>Open the dashboard</Link>}
          </MessageBarBody>
        </MessageBar>
      )}
      {list.length === 0 ? (
        <p className="muted">None yet: begin with one of the templates below, or with an empty one. A dashboard shows the answers of several queries side by side, with parameters and a refresh of its own. JSON files of dashboards and Azure workbooks can be imported.</p>
      ) : (
        <ul className="cards">
          {list.map((d) => (
            <li key={d.id} className="card">
              <Link href={'/dashboards/' + d.id}>
                <strong>{d.body.title}</strong>
                <span className="muted">{d.body.description || `${d.body.tiles.length} tiles`}</span>
              </Link>
              <Button appearance="subtle" size="small" icon={<DeleteRegular />} aria-label={`Delete ${d.body.title}`} onClick={() => setDropping(d)} />
            </li>
          ))}
        </ul>
      )}
      <h2 className="templates-head">Templates</h2>
      <p className="muted templates-note">Each becomes a dashboard of this workspace that you can change.</p>
      <ul className="cards">
        {templates.map((t) => (
          <li key={t.id} className="card">
            <button type="button" className="template" onClick={() => void use(t)}>
              <strong>{t.title}</strong>
              <span className="muted">{t.description}</span>
            </button>
          </li>
        ))}
      </ul>
      {dropping && (
        <Confirm title={`Delete "${dropping.body.title}"?`} act="Delete" onAct={() => removeDashboard(workspace.get(), dropping)} onClose={() => setDropping(undefined)}>
          <p>It is gone for everybody who may query this workspace. Export it first if you may want it again.</p>
        </Confirm>
      )}
    </div>
  )
}
