import type { HookLevel } from '../protocol/hook-event.ts'
import { assignedIn } from './assigned.ts'
import { encodedIn, wrappedIn } from './encoded.ts'
import { hasBreak, hasEscape, hasLongWord } from './hint-scan.ts'
import { formsOf, knownIn } from './known-secrets.ts'
import { hasNamed, markedIn, scan, shapesIn } from './secret-shapes.ts'
import { hide, type Span } from './spans.ts'
import { asIs, breaksOf, inOriginal, joinedOf, readingsOf, type View } from './views.ts'
import type { Never } from './withhold.ts'

/** What is known of a machine and a session that decides what may leave it. */
export type Known = {
  /** Values that are secret whatever they look like, those of the environment say. Shorter than 8 characters are left. */
  secrets?: readonly string[] | undefined
  /** How much is told; absent: `redacted`. */
  level?: HookLevel | undefined
  /** Paths of which nothing is told. */
  never?: Never | undefined
}

const none: readonly string[] = []
/** Names of fields and tools, ids and folders come again and again: what became of so short a text is remembered, for so many. */
const REMEMBERED = 200
const MOST_REMEMBERED = 5_000
const memory = new WeakMap<readonly string[], Map<string, string>>()

/** What is hidden changes what stands beside it; more than twice nothing was ever found. */
const TURNS = 4

/**
 * `text` with everything that looks like a secret, or is one of `secrets`, replaced by `[REDACTED:rule]`: as it stands, and
 * as it would be read without its escapes, with its lines run together, or decoded.
 */
export function redactText(text: string, { secrets = none }: Known = {}): string {
  if (text.length > REMEMBERED) return redacted(text, secrets)
  const known = remembered(secrets)
  const before = known.get(text)
  if (before !== undefined) return before
  const out = redacted(text, secrets)
  if (known.size >= MOST_REMEMBERED) known.clear()
  known.set(text, out)
  return out
}

function remembered(secrets: readonly string[]): Map<string, string> {
  const known = memory.get(secrets)
  if (known) return known
  const fresh = new Map<string, string>()
  memory.set(secrets, fresh)
  return fresh
}

function redacted(text: string, secrets: readonly string[]): string {
  const forms = formsOf(secrets)
  let out = text
  for (let turn = 0; turn < TURNS; turn++) {
    const spans = secretsIn(out, forms)
    if (spans.length === 0) break
    out = hide(out, spans)
  }
  return out
}

function secretsIn(text: string, forms: readonly string[]): Span[] {
  const bits = scan(text)
  const spans = plainIn(text, forms, bits)
  if ((bits & (hasEscape | hasBreak | hasLongWord)) === 0) return spans
  spans.push(...otherwiseIn(asIs(text), bits, forms))
  for (const view of bits & (hasEscape | hasBreak) ? readingsOf(text) : []) {
    const own = scan(view.text)
    spans.push(...inOriginal(view, plainIn(view.text, forms, own)), ...otherwiseIn(view, own, forms))
  }
  return spans.filter(({ start, end }) => !text.slice(start, end).startsWith('[REDACTED'))
}

/** What is encoded in a view, and what goes over the end of a line. */
function otherwiseIn(view: View, bits: number, forms: readonly string[]): Span[] {
  const encoded = bits & hasLongWord ? inOriginal(view, encodedIn(view.text, isSecret)) : []
  const joined = bits & hasBreak ? joinedOf(view) : undefined
  return joined ? [...encoded, ...inOriginal(joined, brokenIn(joined, forms))] : encoded
}

function plainIn(text: string, forms: readonly string[], bits: number): Span[] {
  return [...knownIn(text, forms), ...shapesIn(text, bits), ...(hasNamed(bits) ? assignedIn(text) : [])]
}

const brokenIn = (view: View, forms: readonly string[]) => [
  ...knownIn(view.text, forms),
  ...markedIn(view.text, () => breaksOf(view)),
  ...wrappedIn(view.text, isSecret),
]

const isSecret = (content: string) => plainIn(content, [], scan(content)).length > 0
