import { lazy, Suspense } from 'solid-js'
import type { Session } from '../../protocol/model.ts'

const Pane = lazy(() => import('./terminal-pane.tsx'))

/** A session's terminal, loaded when one is first shown. */
export function TerminalPane(props: { of: Session; title?: boolean; class?: string }) {
  return (
    <Suspense fallback={<section aria-label="Terminal" class={`bg-terminal ${props.class ?? ''}`} />}>
      <Pane {...props} />
    </Suspense>
  )
}
