import { type ComponentProps, lazy, Suspense } from 'solid-js'

// What tokens cost wants a table of prices: that comes after the page, and nothing waits for it.
const Usage = lazy(() => import('./usage.tsx'))

/** `12.3k tokens · est. $0.42` of models or of a task, or as a `table` by model; nothing where nothing was used. */
export const Spent = (props: ComponentProps<typeof Usage>) => (
  <Suspense>
    <Usage {...props} />
  </Suspense>
)
