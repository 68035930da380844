import {
  Avatar, Button, Menu, MenuDivider, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, MessageBar, MessageBarBody, MessageBarTitle, Tooltip,
} from '@fluentui/react-components'
import { KeyboardRegular, WeatherMoonRegular, WeatherSunnyRegular } from '@fluentui/react-icons'
import { useEffect, useState, type ReactNode } from 'react'
import { connection } from '../api/http'
import { chooseWorkspace, session, signOut, workspace } from '../api/session'
import { Link } from '../parts/Link'
import { usePlace } from '../parts/route'
import { useStore } from '../parts/store'
import { Shortcuts } from './Shortcuts'
import { placeOf, places } from './places'
import { useGlobalKeys } from './keys'
import { themeChoice, useDark } from './theme'
import './shell.css'

/** What stands around every place: the way to the others, who is signed in, and whether the server answers. */
export function Shell({ children }: { children: ReactNode }) {
  const [help, setHelp] = useState(false)
  useGlobalKeys(() => setHelp(true))
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus() }}>
        Skip to content
      </a>
      <header className="topbar">
        <Link href="/overview" className="brand" aria-label="Lazuli: overview">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          <span>Lazuli</span>
        </Link>
        <WorkspacePicker />
        <span className="grow" />
        <ThemeButton />
        <Tooltip content="Keyboard shortcuts (?)" relationship="label">
          <Button appearance="subtle" icon={<KeyboardRegular />} onClick={() => setHelp(true)} />
        </Tooltip>
        <Account />
      </header>
      <Navigation />
      <main id="main" tabIndex={-1}>
        <ConnectionBar />
        {children}
      </main>
      <Shortcuts open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

function Navigation() {
  const { path } = usePlace()
  const current = placeOf(path)
  return (
    <nav className="nav" aria-label="Places">
      {places.map((p) => (
        <Link key={p.path} href={p.path} aria-current={p.path === current ? 'page' : undefined} className="nav-item">
          <p.icon filled={p.path === current} aria-hidden />
          <span>{p.title}</span>
        </Link>
      ))}
    </nav>
  )
}

function WorkspacePicker() {
  const who = useStore(session)
  const current = useStore(workspace)
  if (!who || who.workspaces.length < 2) return <span className="workspace-name">{current}</span>
  return (
    <Menu checkedValues={{ w: [current] }} onCheckedValueChange={(_e, d) => chooseWorkspace(d.checkedItems[0])}>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" size="small">Workspace: {current}</Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {who.workspaces.map((w) => (
            <MenuItemRadio key={w.name} name="w" value={w.name}>{w.name}</MenuItemRadio>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}

function ThemeButton() {
  const choice = useStore(themeChoice)
  const isDark = useDark()
  return (
    <Menu checkedValues={{ theme: [choice] }} onCheckedValueChange={(_e, d) => themeChoice.set(d.checkedItems[0] as typeof choice)}>
      <MenuTrigger disableButtonEnhancement>
        <Tooltip content="Light or dark" relationship="label">
          <Button appearance="subtle" icon={isDark ? <WeatherMoonRegular /> : <WeatherSunnyRegular />} />
        </Tooltip>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItemRadio name="theme" value="system">As the system</MenuItemRadio>
          <MenuItemRadio name="theme" value="light">Light</MenuItemRadio>
          <MenuItemRadio name="theme" value="dark">Dark</MenuItemRadio>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}

function Account() {
  const who = useStore(session)
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" aria-label={`Account: ${who?.principal ?? ''}`} icon={<Avatar size={24} name={who?.principal} color="brand" aria-hidden />} />
      </MenuTrigger>
      <MenuPopover>
        <div className="account">
          <strong>{who?.principal}</strong>
          <span>{who?.scopes.join(', ')}</span>
          <span>Lazuli {who?.version}</span>
        </div>
        <MenuDivider />
        <MenuList>
          <MenuItem onClick={() => void signOut()}>Sign out</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}

/** Says that the server does not answer, and for a moment that it does again. */
function ConnectionBar() {
  const state = useStore(connection)
  const [wasDown, setWasDown] = useState(false)
  useEffect(() => {
    if (state === 'down') setWasDown(true)
    else if (wasDown) {
      const timer = setTimeout(() => setWasDown(false), 4000)
      return () => clearTimeout(timer)
    }
  }, [state, wasDown])
  if (state === 'down') {
    return (
      <MessageBar intent="warning" className="inset" politeness="assertive">
        <MessageBarBody>
          <MessageBarTitle>Connection lost</MessageBarTitle>
          The server does not answer. The console tries again every two seconds; nothing you wrote is lost.
        </MessageBarBody>
      </MessageBar>
    )
  }
  if (!wasDown) return null
  return (
    <MessageBar intent="success" className="inset">
      <MessageBarBody>Connected again.</MessageBarBody>
    </MessageBar>
  )
}
