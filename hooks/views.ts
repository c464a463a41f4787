import type { Span } from './spans.ts'

/** A text as it would be read elsewhere, made of another by writing something instead of each match. */
export type View = { text: string; of: View | undefined; pattern: RegExp; rewrite: Rewrite }
type Rewrite = (match: string) => string

const escaped =
  /%[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|\r?\n|[nrt"'\\/`$])|&(?:amp|quot|apos|lt|gt|#\d{2,3}|#x[0-9A-Fa-f]{2});/g
const names: Record<string, string> = { n: '\n', r: '\r', t: '\t', amp: '&', quot: '"', apos: "'", lt: '<', gt: '>' }
const char = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16))

/** Without one layer of what JSON, shells, URLs and HTML write in front of or instead of a character. */
const unescaped: Rewrite = (match) => {
  if (match[0] === '%') return char(match.slice(1))
  if (match.startsWith('&#x')) return char(match.slice(3, -1))
  if (match.startsWith('&#')) return String.fromCharCode(Number(match.slice(2, -1)))
  if (match[0] === '&') return names[match.slice(1, -1)] ?? match
  if (match.length > 3) return char(match.slice(2))
  return names[match[1]!] ?? match.slice(1).trim() // a line that goes on in the next one
}

/** Ends of lines with the indent after them, colours and the like, and what cannot be seen. */
const breaks =
  /[\r\n]+[ \t]{0,40}|\x1b\[[0-9;?]{0,20}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[\0\u00ad\u200b-\u200d\u2060\ufeff]+/g

const LAYERS = 3

/** The text itself, then without its escapes layer by layer, and each of these with its lines run together. */
export function viewsOf(text: string): { straight: View[]; joined: View[] } {
  const straight = [viewOf(text, undefined, escaped, unescaped)]
  for (let last = straight[0]!; straight.length <= LAYERS; straight.push(last)) {
    const next = last.text.replace(escaped, unescaped)
    if (next === last.text) break
    last = viewOf(next, last, escaped, unescaped)
  }
  const joined = straight.map((view) => viewOf(view.text.replace(breaks, ''), view, breaks, () => ''))
  return { straight, joined: joined.filter((view) => view.text !== view.of?.text) }
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
