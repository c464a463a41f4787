/** A part of a text that is to be hidden, and by which rule. */
export type Span = { start: number; end: number; rule: string }

/** `text` with `[REDACTED:rule]` instead of each span; where spans overlap, the first names the rule. */
export function hide(text: string, spans: Span[]): string {
  if (spans.length === 0) return text
  let out = ''
  let done = 0
  for (const { start, end, rule } of merged(spans)) {
    out += `${text.slice(done, start)}[REDACTED:${rule}]`
    done = end
  }
  return out + text.slice(done)
}

function merged(spans: Span[]): Span[] {
  const all: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = all.at(-1)
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end)
    else all.push({ ...span })
  }
  return all
}
