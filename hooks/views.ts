import type { Span } from './spans.ts'

/** A text as it would be read elsewhere, made of another by writing something instead of each match. */
export type View = { text: string; of: View | undefined; pattern: RegExp; rewrite: Rewrite }
type Rewrite = (match: string) => string

/** Escapes of URLs, JSON, shells and HTML; colours and the like of terminals; and what cannot be seen. */
const escaped =
  /%[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|\r?\n|[nrt"'\\/`$])|&(?:amp|quot|apos|lt|gt|#\d{2,3}|#x[0-9A-Fa-f]{2});|\x1b\[[0-9;?]{0,20}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[\0\u00ad\u200b-\u200d\u2060\ufeff]+/g
const names: Record<string, string> = { n: '\n', r: '\r', t: '\t', amp: '&', quot: '"', apos: "'", lt: '<', gt: '>' }
const char = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16))

/** Without one layer of these. */
const unescaped: Rewrite = (match) => {
  if (match[0] === '%') return char(match.slice(1))
  if (match.startsWith('&#x')) return char(match.slice(3, -1))
  if (match.startsWith('&#')) return String.fromCharCode(Number(match.slice(2, -1)))
  if (match[0] === '&') return names[match.slice(1, -1)] ?? match
  if (match[0] !== '\\') return ''
  if (match.length > 3) return char(match.slice(2))
  return names[match[1]!] ?? match.slice(1).trim() // a line that goes on in the next one
}

/** Ends of lines, with the indent after them. */
const breaks = /[\r\n]+[ \t]{0,40}/g

const LAYERS = 3

/** The text without its escapes, layer by layer. */
export function readingsOf(text: string): View[] {
  const views: View[] = []
  let last = viewOf(text, undefined, escaped, unescaped)
  while (views.length < LAYERS) {
    const next = last.text.replace(escaped, unescaped)
    if (next === last.text) break
    last = viewOf(next, last, escaped, unescaped)
    views.push(last)
  }
  return views
}

export const asIs = (text: string): View => viewOf(text, undefined, escaped, unescaped)

/** The view with its lines run together; nothing where it has but one. */
export function joinedOf(view: View): View | undefined {
  const text = view.text.replace(breaks, '')
  return text === view.text ? undefined : viewOf(text, view, breaks, () => '')
}

const viewOf = (text: string, of: View | undefined, pattern: RegExp, rewrite: Rewrite): View => ({
  ...{ text, of, pattern, rewrite },
})

/** Where the spans of a view are in the text it was made of. */
export function inOriginal(view: View, spans: Span[]): Span[] {
  if (!view.of || spans.length === 0) return spans
  const origin = originsOf(view.of.text, view)
  const there = spans.map(({ start, end, rule }) => ({ start: origin[start]!, end: origin[end]!, rule }))
  return inOriginal(view.of, there)
}

/** Where in the view something was left out. */
export function breaksOf({ of, pattern }: View): number[] {
  const found: number[] = []
  let left = 0
  for (const { index, 0: match } of (of?.text ?? '').matchAll(pattern)) {
    found.push(index - left)
    left += match.length
  }
  return found
}

/** For each character of the view, and its end, where in `text` it comes from. */
function originsOf(text: string, { pattern, rewrite, text: seen }: View): Uint32Array {
  const origin = new Uint32Array(seen.length + 1)
  let at = 0
  let done = 0
  const keep = (end: number) => {
    while (done < end) origin[at++] = done++
  }
  for (const { index, 0: match } of text.matchAll(pattern)) {
    keep(index)
    for (let left = rewrite(match).length; left > 0; left--) origin[at++] = index
    done = index + match.length
  }
  keep(text.length)
  origin[seen.length] = text.length
  return origin
}
