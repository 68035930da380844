import { Spinner } from '@fluentui/react-components'
import { Suspense, lazy } from 'react'
import type { KqlEditorProps } from './KqlEditor'

const KqlEditor = lazy(() => import('./KqlEditor'))

/** The editor, loaded when it is first needed. */
export function Editor(props: KqlEditorProps) {
  return (
    <Suspense fallback={<Spinner size="small" className="waiting" label="Loading the editor…" />}>
      <KqlEditor {...props} />
    </Suspense>
  )
}
