import { Button, Tooltip } from '@fluentui/react-components'
import { AddRegular, PanelLeftContractRegular, PanelLeftExpandRegular } from '@fluentui/react-icons'
import type { KeyboardEvent } from 'react'
import { useStore } from '../parts/store'
import { cancel, runs } from './run'
import { closeTab, openTab, selectTab, tabs } from './tabs'

const inSight = (el: HTMLElement | null) => el?.scrollIntoView({ block: 'nearest', inline: 'nearest' })

/** The open queries. */
export function TabStrip({ sideOpen, onSide }: { sideOpen: boolean; onSide: () => void }) {
  const all = useStore(tabs)
  const states = useStore(runs)
  const key = (e: KeyboardEvent, at: number) => {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0
    const next = all.list[at + step]
    if (step && next) {
      selectTab(next.id)
      e.currentTarget.parentElement?.querySelectorAll<HTMLElement>('[role=tab]')[at + step]?.focus()
    } else if (e.key === 'Delete') close(all.list[at].id)
  }
  const close = (id: string) => {
    cancel(id)
    closeTab(id)
  }
  return (
    <div className="tabstrip">
      <Tooltip content={sideOpen ? 'Hide tables and saved queries' : 'Show tables and saved queries'} relationship="label">
        <Button size="small" appearance="subtle" icon={sideOpen ? <PanelLeftContractRegular /> : <PanelLeftExpandRegular />} aria-expanded={sideOpen} onClick={onSide} />
      </Tooltip>
      <div className="tabs" role="tablist" aria-label="Queries">
        {all.list.map((t, i) => (
          <div
            key={t.id} role="tab" aria-selected={t.id === all.current} tabIndex={t.id === all.current ? 0 : -1} className={'tab' + (t.id === all.current ? ' current' : '')} title="Delete closes the query"
            ref={t.id === all.current ? inSight : undefined} onClick={() => selectTab(t.id)} onKeyDown={(e) => key(e, i)} onAuxClick={(e) => e.button === 1 && close(t.id)}
          >
            {states.get(t.id)?.state === 'running' && <span className="tab-busy" aria-label="running" />}
            <span className="tab-title">{t.title}</span>
            <span className="tab-close" aria-hidden onClick={(e) => { e.stopPropagation(); close(t.id) }}>×</span>
          </div>
        ))}
      </div>
      <Tooltip content="New query" relationship="label">
        <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => openTab({})} />
      </Tooltip>
    </div>
  )
}
