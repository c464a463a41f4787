/**
 * What becomes of a poisonous thing. `aside`: it is no event at all, and is set aside or refused, said and counted;
 * `kept`: odd as it is, it says what an agent did, so it is kept, bounded and harmless; `again`: it came before.
 */
export type Fate = 'aside' | 'kept' | 'again'
export type Poison = { name: string; bytes: Buffer; fate: Fate }

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
const bash = (more: string) => `{"hook_event_name":"PreToolUse","tool_name":"Bash",${more}}`
const lone = String.raw`"\ud83d \ude00\ud800"`
const nul = String.raw`"a\u0000b"`
const types = ['null', '42', 'true', '[1,[2]]', '{"toString":1}', '""', '-0', '1e400']
const fields = ['tool_name', 'session_id', 'cwd', 'tool_input', 'tool_response', 'duration_ms', 'prompt', 'message']
const evil = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'then']
const slow = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'password=\\"',
  'eyJaaaaaaaaa.',
  'https://a:',
  '--token ',
  '\\\\\\\\"token\\\\\\\\":',
]

/** Payloads as an agent's hook might hand them over, were it broken or hostile. `i` makes each another. */
const payloads: Record<string, [Fate, (i: number) => string | Buffer]> = {
  'cut off': ['aside', (i) => bash(`"tool_input":{"command":"echo ${i}"}`).slice(0, -2 - (i % 40))],
  'no JSON': ['aside', (i) => `<html>${i}`],
  'two at once': ['aside', (i) => bash(`"n":${i}`).repeat(2)],
  'only zeros': ['aside', (i) => Buffer.alloc(i + 1)],
  'a word of JSON': ['aside', (i) => ['null', 'true', '42', '"Stop"', '[]', '[{}]', '-1e999'][i % 7]!],
  'nested a hundred thousand times': ['aside', () => nested(100_000)],
  'deep within': ['kept', (i) => bash(`"tool_input":${i % 2 ? deep(20_000) : nested(20_000)}`)],
  'no UTF-8': ['kept', (i) => mangled(bash(`"tool_input":{"command":"echo ??${i}"},"prompt":"????"`))],
  'halves of characters': ['kept', () => bash(`"tool_input":{"command":${lone},${lone}:${lone}},"cwd":${lone}`)],
  zeros: ['kept', () => bash(`"tool_input":{"command":${nul},${nul}:1},"session_id":${nul},"tool_use_id":${nul}`)],
  'names of objects': ['kept', (i) => named(evil[i % evil.length]!)],
  'of the wrong type': [
    'kept',
    (i) => bash(`"${fields[i % 8]!}":${types[(i >> 3) % 8]!},"${fields[(i + 3) % 8]!}":[]`),
  ],
  'no such number': ['kept', (i) => bash(`"duration_ms":${['1e308', '-1', '1e999', '"NaN"', '5e-324'][i % 5]!}`)],
  'of an unknown kind': [
    'kept',
    (i) => `{"hook_event_name":"${['Zap', '', 'constructor', '__proto__'][i % 4]!}","n":${i}}`,
  ],
  'long names': ['kept', (i) => `{"hook_event_name":"${'N'.repeat(50_000)}","tool_name":"${'é'.repeat(30_000 + i)}"}`],
  'a great many fields': ['kept', () => bash(`"tool_input":{${range(12_000).map((n) => `"k${n}":{}`)}}`)],
  'slow to look through': ['kept', (i) => bash(`"tool_input":{"command":"${slow[i % 6]!.repeat(7_000)}"}`)],
}

/** Too large to be posted; a hook's file may be so large. */
const large: Record<string, [Fate, (i: number) => string]> = {
  'a text of 300 kB': ['kept', (i) => bash(`"tool_input":{"command":"echo ${i} ${'x'.repeat(300_000)}"}`)],
  'a prompt of 3 MB': [
    'kept',
    (i) => `{"hook_event_name":"UserPromptSubmit","prompt":"${i}${'é\\n'.repeat(1_000_000)}"}`,
  ],
}

function named(name: string): string {
  const input = `{"${name}":{"${name}":1,"polluted":true},"command":"x"}`
  return `{"hook_event_name":"PostToolUse","tool_name":"${name}","tool_input":${input},"tool_response":${input},"${name}":${input}}`
}

/** With bytes that are no UTF-8 for every `?`. */
function mangled(text: string): Buffer {
  return Buffer.from(Buffer.from(text).map((byte) => (byte === 0x3f ? 0xff : byte)))
}

/** As items of a batch: events in Maestro's own words, and what only looks like one. `id` is one that came before. */
const items: Record<string, [Fate, (i: number, id: string, fresh: string) => string]> = {
  'no object': ['aside', (i) => types[i % 5]!],
  'no fields': ['aside', () => '{}'],
  'an id that is none': [
    'aside',
    (i, _, fresh) => event(`"id":${['"evt_1"', '1', '{"toString":1}', `"${fresh}0"`][i % 4]!}`),
  ],
  'an id in capitals': ['aside', (_, __, fresh) => event(`"id":"${fresh.toUpperCase()}"`)],
  'no kind': ['aside', (i, _, fresh) => event(`"id":"${fresh}","kind":${['"zap"', '1', '"__proto__"'][i % 3]!}`)],
  'no time': ['aside', (i, _, fresh) => event(`"id":"${fresh}","at":${['"soon"', 'null', '1e999', '[]'][i % 4]!}`)],
  'no time of this world': ['aside', (i, _, fresh) => event(`"id":"${fresh}","at":${['-1', '9e15', '1e308'][i % 3]!}`)],
  'the year 9999': ['kept', (_, __, fresh) => event(`"id":"${fresh}","at":253370764800000`)],
  'the same again': ['again', (_, id) => event(`"id":"${id}"`)],
  'no session': [
    'aside',
    (i, _, fresh) => event(`"id":"${fresh}","session":${['"../x"', '1', '"sess_00000000\\n"'][i % 3]!}`),
  ],
  'a summary without end': ['aside', (_, __, fresh) => event(`"id":"${fresh}","summary":"${'x'.repeat(10_000)}"`)],
  'a duration without end': ['aside', (_, __, fresh) => event(`"id":"${fresh}","ms":1e308`)],
  'deep within': ['kept', (_, __, fresh) => event(`"id":"${fresh}","payload":{"tool_input":${nested(20_000)}}`)],
  'names of objects': [
    'kept',
    (i, _, fresh) => event(`"id":"${fresh}","tool":"${evil[i % 6]!}","payload":${named(evil[i % 6]!)}`),
  ],
  'halves of characters': [
    'kept',
    (_, __, fresh) => event(`"id":"${fresh}","summary":${lone},"tool":${lone},"payload":${lone}`),
  ],
  zeros: ['kept', (_, __, fresh) => event(`"id":"${fresh}","summary":${nul},"agentSession":${nul},"tool":${nul}`)],
  'a kind of agent nobody knows': ['kept', (i, _, fresh) => event(`"id":"${fresh}","agent":"robot ${i}"`)],
}

const event = (more: string) =>
  `{"at":1,"agent":"claude-code","kind":"tool_use","name":"PostToolUse","summary":"x","payload":{},${more}}`

/** `count` poisons for files of the spool. */
export const poisonousFiles = (count: number) =>
  made(count, { ...payloads, ...large, 'nothing at all': ['aside', () => ''] }, [])
/** For single posts. */
export const poisonousPosts = (count: number) => made(count, payloads, [])
/** For batches: `fresh` ids, one each, for those that have a good one; `known`, one that is in the log. */
export const poisonousItems = (fresh: string[], known: string) => fresh.map((id, i) => pick(i, items, [known, id]))

type Recipes<A extends unknown[]> = Record<string, [Fate, (i: number, ...more: A) => string | Buffer]>

function made<A extends unknown[]>(count: number, recipes: Recipes<A>, more: A): Poison[] {
  return range(count).map((i) => pick(i, recipes, more))
}

function pick<A extends unknown[]>(i: number, recipes: Recipes<A>, more: A): Poison {
  const all = Object.entries(recipes)
  const [name, [fate, make]] = all[i % all.length]!
  return { name, fate, bytes: Buffer.from(make(Math.floor(i / all.length), ...more)) }
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i)
