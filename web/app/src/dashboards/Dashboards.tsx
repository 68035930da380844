import { MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { workspace } from '../api/session'
import { usePlace } from '../parts/route'
import { useStore } from '../parts/store'
import { DashboardList } from './DashboardList'
import { DashboardPage } from './DashboardPage'
import { dashboards, loadDashboards } from './store'
import '../logs/logs.css'
import './dashboards.css'

/** Boards that people make of queries. */
export default function Dashboards() {
  const ws = useStore(workspace)
  const list = useStore(dashboards)
  const { path } = usePlace()
  const [error, setError] = useState('')
  useEffect(() => {
    setError('')
    loadDashboards(ws).catch((e: Error) => setError(e.message))
  }, [ws])
  if (error) return <div className="page"><MessageBar intent="error"><MessageBarBody>{error}</MessageBarBody></MessageBar></div>
  if (!list) return <Spinner className="waiting" label="Loading the dashboards…" />
  const id = /^\/dashboards\/(.+)$/.exec(path)?.[1]
  const doc = list.find((d) => d.id === id)
  return doc ? <DashboardPage key={doc.id} doc={doc} /> : <DashboardList list={list} missing={id} />
}
