import { Badge } from '@fluentui/react-components'
import { CheckmarkCircleFilled, PauseCircleFilled, WarningFilled } from '@fluentui/react-icons'
import type { ReactNode } from 'react'
import type { State } from './flows'

const looks: Record<State, { color: 'success' | 'warning' | 'danger'; icon: ReactNode; text: string }> = {
  running: { color: 'success', icon: <CheckmarkCircleFilled />, text: 'Running' },
  paused: { color: 'warning', icon: <PauseCircleFilled />, text: 'Paused' },
  failing: { color: 'danger', icon: <WarningFilled />, text: 'Failing' },
}

export interface Fact {
  name: string
  value: ReactNode
  title?: string
}

interface FlowCardProps {
  name: string
  kind: string
  /** Where it listens or sends to. */
  where: ReactNode
  state: State
  facts: Fact[]
  error?: string
  actions: ReactNode
  children?: ReactNode
}

/** One source or output: what it is, how it does, and what one can do with it. */
export function FlowCard({ name, kind, where, state, facts, error, actions, children }: FlowCardProps) {
  const look = looks[state] ?? looks.failing
  return (
    <li className="card flow">
      <header>
        <h3>{name}</h3>
        <Badge appearance="outline" color="informative">{kind}</Badge>
        <Badge appearance="tint" color={look.color} icon={look.icon as React.ReactElement}>{look.text}</Badge>
        <span className="flow-where mono">{where}</span>
        <span className="grow" />
        {actions}
      </header>
      <dl>
        {facts.map((f) => (
          <div key={f.name} title={f.title}>
            <dt>{f.name}</dt>
            <dd>{f.value}</dd>
          </div>
        ))}
      </dl>
      {error && <p className="flow-error" role="status"><WarningFilled aria-hidden /> <span><strong>Last error:</strong> {error}</span></p>}
      {children}
    </li>
  )
}
