import { eventOf } from './targets.ts'
import { readHook } from '../hooks/read.ts'
import { neverFrom, usualNever } from '../hooks/withhold.ts'
const events = Array.from({ length: 1000 }, (_, i) => eventOf('one of many' + i))
const raws = events.map((e, i) => JSON.stringify({ session_id: 'bench', hook_event_name: 'PostToolUse', duration_ms: 5, padding: 'x'.repeat(200), tool_name: 'Bash', tool_use_id: `toolu_ab${i}`, tool_input: { command: `echo ${i} ` + (e.payload as any).tool_input.command } }))
const known = { secrets: ['canary-in-bloom', 'another-secret-value'], level: 'redacted' as const, never: neverFrom(usualNever, false)  }
const b = performance.now()
for (let i = 0; i < 60000; i++) readHook('claude-code', JSON.parse(raws[i % 1000]!), { id: events[i % 1000]!.id, at: 5 } as never, known)
console.log((performance.now() - b) / 60)
