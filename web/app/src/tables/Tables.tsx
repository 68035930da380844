import { Tab, TabList } from '@fluentui/react-components'
import { go, usePlace } from '../parts/route'
import { Sources } from './Sources'
import { TableList } from './TableList'
import { TablePage } from './TablePage'
import './tables.css'

/** Tables, and where their rows come from and go to. */
export default function Tables() {
  const { path } = usePlace()
  const name = /^\/tables\/(.+)$/.exec(path)?.[1]
  if (name) return <TablePage name={decodeURIComponent(name)} />
  const shown = path === '/sources' ? '/sources' : '/tables'
  return (
    <div className="page">
      <div className="page-head">
        <h1>Tables and sources</h1>
        <TabList selectedValue={shown} onTabSelect={(_e, d) => go(String(d.value))}>
          <Tab value="/tables">Tables</Tab>
          <Tab value="/sources">Sources and outputs</Tab>
        </TabList>
      </div>
      {shown === '/tables' ? <TableList /> : <Sources />}
    </div>
  )
}
