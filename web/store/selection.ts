import { useSearchParams } from '@solidjs/router'
import type { SessionId, TaskId } from '../../protocol/ids.ts'
import { useProject } from './context.tsx'

export const tabs = ['activity', 'terminal', 'tools'] as const
export type TabName = (typeof tabs)[number]

/** What Mission shows on its right side, kept in the URL: `?session=…&tab=terminal`, `?task=…`. */
export function createSelection() {
  const { id } = useProject()
  const [search, setSearch] = useSearchParams<{ session?: string; task?: string; tab?: string }>()
  const tab = (): TabName => tabs.find((name) => name === search.tab) ?? 'activity'
  return {
    // What is not an id of the project finds nothing in it.
    session: () => search.session as SessionId | undefined,
    task: () => search.task as TaskId | undefined,
    tab,
    hrefOf: (item: { kind: 'session' | 'task'; id: string }) => `/p/${id}?${item.kind}=${item.id}`,
    pickTab: (name: TabName) => setSearch({ tab: name === 'activity' ? null : name }, { replace: true, scroll: false }),
    select: (item: { kind: 'session' | 'task'; id: string } | undefined, replace = true) =>
      setSearch(
        { session: item?.kind === 'session' ? item.id : null, task: item?.kind === 'task' ? item.id : null, tab: null },
        { replace, scroll: false },
      ),
  }
}
export type Selection = ReturnType<typeof createSelection>
