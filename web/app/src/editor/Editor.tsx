import { Spinner, useUncontrolledFocus } from '@fluentui/react-components'
import { Suspense, lazy } from 'react'
import type { KqlEditorProps } from './KqlEditor'

const KqlEditor = lazy(() => import('./KqlEditor'))

/** The editor, loaded when it is first needed. */
export function Editor(props: KqlEditorProps) {
  // Else the components' library takes the Tab key, with which the editor accepts a completion.
  const own = useUncontrolledFocus()
  return (
    <div className="editor-box" {...own}>
      <Suspense fallback={<Spinner size="small" className="waiting" label="Loading the editor…" />}>
        <KqlEditor {...props} />
      </Suspense>
    </div>
  )
}
