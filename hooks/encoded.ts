import { base64Cores, fromBase64, fromHex, inUtf16 } from './base64.ts'
import { LONG_WORD } from './hint-scan.ts'
import { hints } from './secret-shapes.ts'
import type { Span } from './spans.ts'

/** Base64 of what people write has hardly a sign in it: so much of it without one is where to look closer. */
const piece = new RegExp(`(?<![A-Za-z0-9])[A-Za-z0-9]{${LONG_WORD},}`, 'g')
const run = /[A-Za-z0-9+/_-]*/y
const hex = /^(?:[0-9A-Fa-f]{2}){16,}/
const WRAP = 60
const literal = (text: string) => text.replace(/[+]/g, '\\+')
/** What base64 of anything with a hint in it contains. */
const cores = new RegExp(
  [...new Set(hints.flatMap((hint) => [...base64Cores(hint), ...base64Cores(inUtf16(hint))]))]
    .filter(({ length }) => length >= 4)
    .map(literal)
    .join('|'),
)
const printable = /^[\x09\x0a\x0d\x20-\x7e]+$/

/** Encoded parts of `text` that hold what `isSecret` says of their content. */
export function encodedIn(text: string, isSecret: (text: string) => boolean): Span[] {
  const spans: Span[] = []
  let end = 0
  for (const { index, 0: found } of text.matchAll(piece)) {
    if (index < end || !(isBase64(found) || hex.test(found))) continue
    const start = startOf(text, index, end)
    run.lastIndex = start
    const all = run.exec(text)?.[0] ?? found
    end = start + all.length
    if (isBase64Of(all, isSecret) || isHexOf(found, isSecret)) spans.push({ start, end, rule: 'encoded' })
  }
  return spans
}

/** Most words have letters of one kind; what is encoded has all kinds. */
const isBase64 = (text: string) => /[A-Z][^A-Z]*[A-Z]/.test(text) && /[a-z]/.test(text)

/** Where what is encoded begins, after `least`. */
function startOf(text: string, index: number, least: number): number {
  let start = index
  while (start > least && /[A-Za-z0-9+/_-]/.test(text[start - 1]!)) start--
  return start
}

/** The same where lines were run together: they were as long as those of a file that was encoded. */
export const wrappedIn = (text: string, isSecret: (text: string) => boolean): Span[] =>
  encodedIn(text, isSecret).filter(({ start, end }) => end - start > WRAP)

function isBase64Of(text: string, isSecret: (text: string) => boolean): boolean {
  if (!cores.test(text)) return false
  // Where the encoding began is not known: what stands before may be letters too.
  return [0, 1, 2, 3].some((start) => {
    const content = fromBase64(text, start)
    return isSecret(content) || (content.includes('\0') && isSecret(content.replaceAll('\0', '')))
  })
}

function isHexOf(text: string, isSecret: (text: string) => boolean): boolean {
  const [digits] = hex.exec(text) ?? []
  if (!digits || !printable.test(fromHex(digits.slice(0, 16)))) return false
  return isSecret(fromHex(digits))
}
