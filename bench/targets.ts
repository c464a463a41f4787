import type { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../protocol/frames.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import type { View } from './wire.ts'

/** Something that takes events in by POST and shows them by WebSocket. `mark` is found again in what a viewer sees. */
export type Target = {
  name: string
  url: string
  headers: Record<string, string>
  body: (mark: string) => string
  view: () => Promise<View>
}

const command = `npm test -- ${'checkout '.repeat(60)}`
const payload = { tool_name: 'Bash', tool_input: { command }, tool_use_id: 'toolu_0', padding: 'x'.repeat(200) }

/** About 1 KB, as most events are. */
export function eventOf(mark: string): HookEvent {
  const what = { kind: 'tool_use' as const, name: 'PostToolUse', tool: 'Bash', summary: `Bash ${mark}`, ms: 12 }
  return { id: newId('evt'), at: Date.now(), agent: 'claude-code', agentSession: 'bench', ...what, payload }
}

/** The whole Worker, with a hook's key. `client` is the owner's, for the project. */
export async function maestro(client: Client): Promise<Target> {
  const project = client.options.project!
  const { key } = await client.ask('key.create', { kind: 'hook', name: 'bench', project })
  return {
    name: 'Maestro',
    url: `${client.options.url}/api/webhooks/hook-event`,
    headers: { Authorization: `Bearer ${key}` },
    body: (mark) => JSON.stringify(eventOf(mark)),
    view: async () => {
      const { ticket } = await client.askProject('ticket', { session: null })
      // From the head on: what was before is not to be seen again.
      const head = (await client.askProject('entry.list', { before: Number.MAX_SAFE_INTEGER, limit: 1 })).entries.at(-1)
      return {
        url: client.socketUrl(`/live?since=${head?.seq ?? 0}`),
        protocols: [SUBPROTOCOL, TICKET_PREFIX + ticket],
      }
    },
  }
}

/** `disler/claude-code-hooks-multi-agent-observability`, running at `url`. */
export function peer(url: string): Target {
  const base = url.replace(/\/$/, '')
  const facts = { source_app: 'bench', session_id: 'bench', hook_event_type: 'PostToolUse' }
  return {
    name: 'the peer',
    url: `${base}/events`,
    headers: {},
    body: (mark) =>
      JSON.stringify({ ...facts, payload: { ...payload, summary: `Bash ${mark}` }, timestamp: Date.now() }),
    view: async () => ({ url: `${base.replace(/^http/, 'ws')}/stream` }),
  }
}

/** Waits until the archive has what came, so that each load pays for its own alone. */
export async function archived(client: Client): Promise<void> {
  for (let behind = 1; behind > 0; ) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    behind = Number(/^maestro_archive_behind\S* (\d+)$/m.exec(await client.ask('metrics', {}))?.[1] ?? 0)
  }
}
