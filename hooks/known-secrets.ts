import { base64Cores, inUrl, inUtf8, inUtf16 } from './base64.ts'
import type { Span } from './spans.ts'

/** Shorter ones would hide half of every text. */
const SHORTEST = 8
/** A line of a secret of several lines; its first and last say only what it is. */
const SHORTEST_LINE = 20

const formsKnown = new WeakMap<readonly string[], string[]>()

/** Every form of every secret, the longest first. Made once for a list. */
export function formsOf(secrets: readonly string[]): string[] {
  const known = formsKnown.get(secrets)
  if (known) return known
  const forms = [...new Set(secrets.filter(({ length }) => length >= SHORTEST).flatMap(waysToWrite))]
  forms.sort((a, b) => b.length - a.length)
  formsKnown.set(secrets, forms)
  return forms
}

export function knownIn(text: string, forms: readonly string[]): Span[] {
  const spans: Span[] = []
  if (text.length < SHORTEST) return spans
  for (const form of forms)
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length))
      spans.push({ start: at, end: at + form.length, rule: 'known' })
  return spans
}

/** Itself, its UTF-8 where that was taken for letters, inside JSON (also twice), in a URL (also twice), in base64 wherever in the encoded text it begins, in hexadecimal. */
function waysToWrite(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1)
  const url = inUrl(secret)
  const bytes = inUtf8(secret)
  const small = url.replace(/%../g, (code) => code.toLowerCase())
  const urls = [url, small, url.replaceAll('%20', '+'), url.replaceAll('%', '%25')]
  const hex = [...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('')
  const encoded = [...base64Cores(bytes), ...base64Cores(inUtf16(secret)), hex, hex.toUpperCase()]
  const plain = [secret, bytes, inJson, JSON.stringify(inJson).slice(1, -1), ...urls, ...encoded, ...linesOf(secret)]
  return plain.filter(({ length }) => length >= SHORTEST)
}

/** One of several lines, a private key say, is told line by line as well, and with its lines run together. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/)
  if (lines.length === 1) return []
  return [lines.join(''), ...lines.filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))]
}
