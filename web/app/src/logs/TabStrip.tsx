import { Button, Menu, MenuDivider, MenuItem, MenuList, MenuPopover, Tooltip } from '@fluentui/react-components'
import { AddRegular, PanelLeftContractRegular, PanelLeftExpandRegular } from '@fluentui/react-icons'
import { useState, type DragEvent, type KeyboardEvent } from 'react'
import { useStore } from '../parts/store'
import { cancel, runs } from './run'
import { isChanged, saved } from './saved'
import { changeTab, closeTabs, currentTab, moveTab, openTab, reopenTab, selectTab, shownTab, tabs, type LogTab } from './tabs'

const inSight = (el: HTMLElement | null) => el?.scrollIntoView({ block: 'nearest', inline: 'nearest' })

const close = (ids: string[]) => {
  ids.forEach(cancel)
  closeTabs(ids)
}

/** The open queries. */
export function TabStrip({ sideOpen, onSide }: { sideOpen: boolean; onSide: () => void }) {
  const all = useStore(tabs)
  const current = currentTab(all, useStore(shownTab))
  const [renaming, setRenaming] = useState<string | undefined>(undefined)
  const [menu, setMenu] = useState<{ tab: LogTab; target: HTMLElement } | undefined>(undefined)
  const key = (e: KeyboardEvent, at: number) => {
    const { id } = all.list[at]
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0
    const next = all.list[at + step]
    const strip = e.currentTarget.parentElement
    if (step && next) {
      if (e.ctrlKey || e.metaKey) moveTab(id, at + step)
      else selectTab(next.id)
      requestAnimationFrame(() => strip?.querySelectorAll<HTMLElement>('[role=tab]')[at + step]?.focus())
    } else if (e.key === 'Delete') close([id])
    else if (e.key === 'F2') setRenaming(id)
    else if (e.key === 'ContextMenu' || (e.shiftKey && e.key === 'F10')) setMenu({ tab: all.list[at], target: e.currentTarget as HTMLElement })
    else return
    e.preventDefault()
  }
  return (
    <div className="tabstrip">
      <Tooltip content={sideOpen ? 'Hide tables and saved queries' : 'Show tables and saved queries'} relationship="label">
        <Button size="small" appearance="subtle" icon={sideOpen ? <PanelLeftContractRegular /> : <PanelLeftExpandRegular />} aria-expanded={sideOpen} onClick={onSide} />
      </Tooltip>
      <div className="tabs" role="tablist" aria-label="Queries">
        {all.list.map((t, i) => (
          <QueryTab
            key={t.id} tab={t} place={i} current={t === current} renaming={renaming === t.id} onKey={(e) => key(e, i)} onRename={(title) => { if (title) changeTab(t.id, { title }); setRenaming(undefined) }}
            onRenameStart={() => setRenaming(t.id)} onMenu={(target) => setMenu({ tab: t, target })}
          />
        ))}
      </div>
      <Tooltip content="New query" relationship="label">
        <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => openTab({})} />
      </Tooltip>
      {menu && <TabMenu {...menu} all={all.list} closed={all.closed?.length ?? 0} onRename={() => setRenaming(menu.tab.id)} onClose={() => setMenu(undefined)} />}
    </div>
  )
}

interface QueryTabProps {
  tab: LogTab
  place: number
  current: boolean
  renaming: boolean
  onKey: (e: KeyboardEvent) => void
  onRenameStart: () => void
  /** Without a title it stays as it is. */
  onRename: (title?: string) => void
  onMenu: (target: HTMLElement) => void
}

const dragged = 'application/x-lazuli-tab'

function QueryTab({ tab, place, current, renaming, onKey, onRename, onRenameStart, onMenu }: QueryTabProps) {
  const states = useStore(runs)
  const changed = isChanged(tab, useStore(saved))
  const drop = (e: DragEvent) => {
    const id = e.dataTransfer.getData(dragged)
    if (id) moveTab(id, place)
  }
  if (renaming) {
    return (
      <input
        className="tab-input" aria-label="Name of the query" defaultValue={tab.title} autoFocus onFocus={(e) => e.currentTarget.select()} onBlur={(e) => onRename(e.currentTarget.value.trim())}
        onKeyDown={(e) => { if (e.key === 'Enter') onRename(e.currentTarget.value.trim()); else if (e.key === 'Escape') onRename() }}
      />
    )
  }
  return (
    <div
      role="tab" aria-selected={current} tabIndex={current ? 0 : -1} className={'tab' + (current ? ' current' : '')} title={`${tab.title}${changed ? ' (not saved)' : ''}. F2 or a double click renames it.`} draggable
      ref={current ? inSight : undefined} onClick={() => selectTab(tab.id)} onDoubleClick={onRenameStart} onKeyDown={onKey} onAuxClick={(e) => e.button === 1 && close([tab.id])}
      onContextMenu={(e) => { e.preventDefault(); onMenu(e.currentTarget) }} onDragStart={(e) => e.dataTransfer.setData(dragged, tab.id)} onDragOver={(e) => e.dataTransfer.types.includes(dragged) && e.preventDefault()} onDrop={drop}
    >
      {states.get(tab.id)?.state === 'running' && <span className="tab-busy" role="img" aria-label="running" />}
      <span className="tab-title">{tab.title}</span>
      {changed && <span className="tab-changed" role="img" aria-label="not saved">●</span>}
      <span className="tab-close" aria-hidden onClick={(e) => { e.stopPropagation(); close([tab.id]) }}>×</span>
    </div>
  )
}

interface TabMenuProps {
  tab: LogTab
  target: HTMLElement
  all: LogTab[]
  closed: number
  onRename: () => void
  onClose: () => void
}

function TabMenu({ tab, target, all, closed, onRename, onClose }: TabMenuProps) {
  const ids = all.map((t) => t.id)
  const at = ids.indexOf(tab.id)
  const item = (text: string, act: () => void, disabled = false) => <MenuItem disabled={disabled} onClick={() => { onClose(); act() }}>{text}</MenuItem>
  return (
    <Menu open positioning={{ target, position: 'below', align: 'start' }} onOpenChange={(_e, d) => !d.open && onClose()}>
      <MenuPopover>
        <MenuList>
          {item('Rename', onRename)}
          {item('Duplicate', () => openTab({ title: tab.title + ' (copy)', text: tab.text, range: tab.range }))}
          {item('Move left', () => moveTab(tab.id, at - 1), at === 0)}
          {item('Move right', () => moveTab(tab.id, at + 1), at === ids.length - 1)}
          <MenuDivider />
          {item('Close', () => close([tab.id]))}
          {item('Close others', () => close(ids.filter((x) => x !== tab.id)), ids.length < 2)}
          {item('Close those to the right', () => close(ids.slice(at + 1)), at === ids.length - 1)}
          {item('Open the closed one again', reopenTab, closed === 0)}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
