import { Button, Input, Tab, TabList, Tooltip } from '@fluentui/react-components'
import { ChevronDownRegular, ChevronUpRegular, CopyRegular, DismissRegular, FilterAddRegular, FilterDismissRegular } from '@fluentui/react-icons'
import { useState } from 'react'
import type { Column, Row, RowId } from '../api/query'
import { useStore } from '../parts/store'
import { count } from '../parts/numbers'
import { cellText, dynamicOf, nothing, recordOf, textOf } from './format'
import { JsonTree } from './JsonTree'
import { RawRecord } from './RawRecord'
import type { OnCondition } from './ResultGrid'
import { zone, zoneName } from './zone'

interface DetailsProps {
  columns: Column[]
  row: Row
  number: number
  /** The _Seq of the table row behind this one, null where there is none; without it nothing is said of a raw record. */
  seq?: RowId
  onClose: () => void
  onStep: (by: number) => void
  onCondition?: OnCondition
}

const copy = (text: string) => void navigator.clipboard?.writeText(text)

/** Everything about one row: its fields, the tree of the record, and the record as text. */
export function Details({ columns, row, number, seq, onClose, onStep, onCondition }: DetailsProps) {
  const [tab, setTab] = useState('fields')
  const record = recordOf(columns, row)
  const text = JSON.stringify(record, null, 2)
  return (
    <aside className="details" aria-label="Details of the row" onKeyDown={(e) => { if (e.key === 'Escape') { e.stopPropagation(); onClose() } }}>
      <div className="details-head">
        <h3>Row {count(number + 1)}</h3>
        <Tooltip content="Previous row" relationship="label"><Button appearance="subtle" size="small" icon={<ChevronUpRegular />} onClick={() => onStep(-1)} /></Tooltip>
        <Tooltip content="Next row" relationship="label"><Button appearance="subtle" size="small" icon={<ChevronDownRegular />} onClick={() => onStep(1)} /></Tooltip>
        <Tooltip content="Copy the row as JSON" relationship="label"><Button appearance="subtle" size="small" icon={<CopyRegular />} onClick={() => copy(text)} /></Tooltip>
        <Tooltip content="Close (Esc)" relationship="label"><Button appearance="subtle" size="small" icon={<DismissRegular />} onClick={onClose} /></Tooltip>
      </div>
      <TabList size="small" selectedValue={tab} onTabSelect={(_e, d) => setTab(String(d.value))}>
        <Tab value="fields">Fields</Tab>
        <Tab value="tree">JSON tree</Tab>
        <Tab value="raw">JSON text</Tab>
        {seq !== undefined && <Tab value="received">Raw record</Tab>}
      </TabList>
      <div className="details-body" tabIndex={0}>
        {tab === 'fields' && <Fields columns={columns} row={row} onCondition={onCondition} />}
        {tab === 'tree' && <div className="json"><JsonTree value={record} onCondition={onCondition && ((path, value, not) => onCondition(columns.find((c) => c.name === path[0])!, value, not, path.slice(1)))} /></div>}
        {tab === 'raw' && <pre className="raw">{text}</pre>}
        {tab === 'received' && seq !== undefined && <RawRecord seq={seq} />}
      </div>
    </aside>
  )
}

function Fields({ columns, row, onCondition }: Pick<DetailsProps, 'columns' | 'row' | 'onCondition'>) {
  const [wanted, setWanted] = useState('')
  const [empty, setEmpty] = useState(false)
  const z = useStore(zone)
  const needle = wanted.toLowerCase()
  const list = columns
    .map((column, i) => ({ column, value: row[i], text: textOf(row[i]) }))
    .filter((f) => (empty || f.text !== '') && (!needle || f.column.name.toLowerCase().includes(needle) || f.text.toLowerCase().includes(needle)))
  const hidden = columns.length - list.length
  return (
    <>
      <Input size="small" placeholder="Find a field or value" aria-label="Find a field or value" value={wanted} onChange={(_e, d) => setWanted(d.value)} style={{ width: '100%', margin: '4px 0 6px' }} />
      <dl>
        {list.map(({ column, value, text }) => (
          <div className="field" key={column.name}>
            <dt>{column.name}</dt>
            {text === '' ? <dd className="none">{nothing(column.type)}</dd> : column.type === 'dynamic' ? (
              <dd className="json"><JsonTree value={dynamicOf(value)} root={column.name} onCondition={onCondition && ((path, v, not) => onCondition(column, v, not, path))} /></dd>
            ) : <dd>{column.type === 'datetime' ? `${cellText(value, column.type, z)} ${zoneName(z)}` : text}</dd>}
            <div className="field-actions">
              {onCondition && column.type !== 'dynamic' && (
                <>
                  <Tooltip content="Only this value" relationship="label"><Button size="small" appearance="subtle" icon={<FilterAddRegular />} onClick={() => onCondition(column, value, false)} /></Tooltip>
                  <Tooltip content="Not this value" relationship="label"><Button size="small" appearance="subtle" icon={<FilterDismissRegular />} onClick={() => onCondition(column, value, true)} /></Tooltip>
                </>
              )}
              <Tooltip content="Copy" relationship="label"><Button size="small" appearance="subtle" icon={<CopyRegular />} onClick={() => copy(text)} /></Tooltip>
            </div>
          </div>
        ))}
      </dl>
      {!needle && (hidden > 0 || empty) && (
        <Button size="small" appearance="transparent" onClick={() => setEmpty(!empty)}>{empty ? 'Hide empty fields' : `Show ${hidden} empty fields`}</Button>
      )}
    </>
  )
}
