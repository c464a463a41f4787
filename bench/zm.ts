import { eventOf } from './targets.ts'
import { HookEvent } from '../protocol/hook-event.ts'
import { redactEvent } from '../hooks/redact.ts'
import { decideHeard, evolve, decide } from '../protocol/project.ts'
import { emptyProject } from '../protocol/model.ts'
import { shapePayload } from '../hooks/shape.ts'
import { redactText } from '../hooks/secrets.ts'
import { newId } from '../client/ids.ts'
import { readHook } from '../hooks/read.ts'
import { readSpoolName } from '../hooks/spool.ts'
const by = { kind: 'agent', key: 'k', name: 'h', scopes: [] } as never
const project = emptyProject()
evolve(project, { seq: 1, id: 'x', at: 1, by: 'a', type: 'project:created', data: { project: newId('proj'), name: 'b' } } as never)
const N = 20000
const bodies = Array.from({ length: 200 }, () => JSON.stringify({ events: Array.from({ length: 100 }, (_, i) => eventOf('one of many' + i)) }))
function time(name: string, f: (n: number) => void) {
  for (let i = 0; i < 3000; i++) f(i)
  const b = performance.now(); for (let i = 0; i < N; i++) f(i)
  console.log(name.padEnd(30), ((performance.now() - b) * 1000 / N).toFixed(1), 'µs')
}
const events = bodies.flatMap((b) => JSON.parse(b).events)
time('parse (per event)', (i) => { if (i % 100 === 0) JSON.parse(bodies[(i / 100) % 200]!) })
time('zod', (i) => HookEvent.safeParse(events[i % events.length]))
time('redactEvent', (i) => redactEvent(events[i % events.length]))
time('shapePayload', (i) => shapePayload(events[i % events.length].payload, { texts: 2048 }))
time('redactText 540', (i) => redactText(events[i % events.length].payload.tool_input.command + i))
time('redactText short', (i) => redactText('Bash one of many' + i))
let seq = 1
time('decideHeard+evolve', (i) => { const e = events[i % events.length]; for (const ev of decideHeard(project, e, { by, now: Date.now() })) { JSON.stringify(ev.data); evolve(project, { seq: ++seq, id: e.id, at: Date.now(), by: 'h', ...ev } as never) } })
time('structuredClone', (i) => structuredClone(events[i % events.length]))
const known = { secrets: ['canary-in-bloom', 'another-secret-value'] }
const raw = JSON.stringify({ session_id: 'bench', hook_event_name: 'PostToolUse', duration_ms: 5, padding: 'x'.repeat(200), tool_name: 'Bash', tool_use_id: `toolu_ab`, tool_input: { command: events[0].payload.tool_input.command } })
time('readHook', (i) => readHook('claude-code', JSON.parse(raw), { id: events[0].id, at: 5 } as never, known))
