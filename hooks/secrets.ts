import type { HookLevel } from '../protocol/hook-event.ts'
import type { Never } from './withhold.ts'

// Every pattern is bounded or has one way to match, so that time grows with the text and never faster.

/**
 * Shapes that are a secret wherever they stand. The group, where there is one, is what stays readable. A text without
 * any of a shape's hints cannot hold it; a shape that ignores case has none, and stands in `hinted` itself.
 */
const shapes: [rule: string, hints: string[], pattern: RegExp][] = [
  [
    'private-key',
    ['-----BEGIN '],
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,48}-----)?/g,
  ],
  ['maestro', ['mst_'], /\bmst_[a-z]{2,10}_[0-9A-Za-z]{38}/g],
  ['anthropic', ['sk-ant-'], /\bsk-ant-[\w-]{16,200}/g],
  ['openai', ['sk-'], /\bsk-(?:proj-|svcacct-|admin-|or-v1-)?[\w-]{20,200}/g],
  ['aws', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], /\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b/g],
  [
    'github',
    ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    /\b(?:gh[pousr]_[0-9A-Za-z]{30,255}|github_pat_\w{22,255})/g,
  ],
  [
    'gitlab',
    ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glft-', 'glsoat-'],
    /\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w-]{20,100}/g,
  ],
  ['slack', ['xox', 'xapp-'], /\bxox[abeoprs]-[0-9A-Za-z-]{10,250}|\bxapp-\d-[0-9A-Za-z-]{10,250}/g],
  [
    'webhook',
    ['hooks.slack.com', 'discord'],
    /\bhttps:\/\/(?:hooks\.slack\.com\/(?:services|workflows)|discord(?:app)?\.com\/api\/webhooks)\/[\w/-]{20,250}/g,
  ],
  ['google', ['AIza', 'ya29.', 'GOCSPX-'], /\bAIza[\w-]{35}|\bya29\.[\w-]{20,500}|\bGOCSPX-[\w-]{20,60}/g],
  [
    'stripe',
    ['k_live_', 'k_test_', 'whsec_'],
    /\b(?:[srp]k_(?:live|test)_[0-9A-Za-z]{16,200}|whsec_[0-9A-Za-z+/=]{20,100})/g,
  ],
  ['npm', ['npm_'], /\bnpm_[0-9A-Za-z]{30,60}/g],
  ['pypi', ['pypi-'], /\bpypi-[\w-]{40,300}/g],
  ['huggingface', ['hf_'], /\bhf_[0-9A-Za-z]{30,60}/g],
  ['sendgrid', ['SG.'], /\bSG\.[\w-]{16,40}\.[\w-]{30,60}/g],
  ['twilio', ['SK'], /\bSK[0-9a-f]{32}\b/g],
  ['digitalocean', ['_v1_'], /\bdo[opr]_v1_[0-9a-f]{60,70}/g],
  ['vault', ['hvs.', 'hvb.', 'hvr.'], /\bhv[sbr]\.[\w-]{20,300}/g],
  [
    'cloudflare',
    ['v1.0-', 'cfut_', 'cfat_', 'cfk_'],
    /\bv1\.0-[0-9a-f]{24}-[0-9a-f]{100,200}|\bcf(?:ut|at|k)_[0-9A-Za-z]{36,60}/g,
  ],
  ['age', ['AGE-SECRET-KEY-'], /\bAGE-SECRET-KEY-1[0-9A-Z]{50,70}/g],
  ['telegram', [':AA'], /\b\d{8,10}:AA[\w-]{32,34}/g],
  ['jwt', ['eyJ'], /\beyJ[\w-]{8,2000}\.eyJ[\w-]{4,4000}(?:\.[\w-]{0,2000})?/g],
  ['url', [], /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/"'[]{0,100}:)[^\s@/"']{1,200}(?=@)/gi],
  ['authorization', [], /(\b(?:bearer|basic)\s{1,3})(?=[^\s"']{0,30}[\d=_-])[\w.+/=~-]{12,2000}/gi],
  ['cookie', [], /(\b(?:set-)?cookie["']?\s{0,3}:\s{0,3})[\w.-]{1,100}=[^\r\n"']{1,4000}/gi],
  [
    'userpass',
    ['-u', '--user'],
    /(\s(?:-u|--user)[= ]{1,2}["']?(?!\d{1,9}:\d{1,9}\b)[^\s:"'=[]{1,60}:)[^\s"']{1,200}/g,
  ],
]

const secretWords =
  'secret|token|passwd|password|passphrase|passcode|credential|api[-_]?key|access[-_]?key|private[-_]?key|signing[-_]?key|' +
  'encryption[-_]?key|account[-_]?key|auth[-_]?key|master[-_]?key|session[-_]?key|conn(?:ection)?[-_]?string'
const secretName = new RegExp(
  `${secretWords}|_(?:key|pass|pwd|pat|auth)$|^(?:pass|pwd|auth|authorization|cookie)$`,
  'i',
)

/** What names a secret and is followed by it: `password: "`, `API_KEY=`, `"token": "`, `--token `, also within a JSON string. */
const assignment = new RegExp(
  `((?<![\\w-])--[\\w-]{0,40}(?:${secretWords})[\\w-]{0,20}(?:=|\\s{1,3})|` +
    `(?:${secretWords})[\\w.-]{0,40}\\\\?["']?\\s{0,4}(?::=|=>|[:=])\\s{0,4}|` +
    `\\b[A-Z][A-Z0-9_]{0,60}_(?:KEY|PASS|PWD|PAT|AUTH)=)(\\\\?["']|)`,
  'gi',
)
const ends: Record<string, RegExp> = {
  '"': /(?:[^"\\\n]|\\.)*/y,
  "'": /(?:[^'\\\n]|\\.)*/y,
  '\\"': /[^"\\\n]*/y,
  "\\'": /[^'\\\n]*/y,
  '': /[^\s"'`,;&|<>(){}[\]\\]*/y,
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
/** What stands in every text that holds a secret of any kind above: one look spares ordinary text all the others. */
const hinted = new RegExp(
  [
    ...shapes.flatMap(([, hints]) => hints.map(literal)),
    '://|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]|[Cc][Oo][Oo][Kk][Ii][Ee]',
    '[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]|[Pp][Aa][Ss][Ss]|[Cc][Rr][Ee][Dd][Ee][Nn]|[Kk][Ee][Yy]|[Cc][Oo][Nn][Nn]',
    '_(?:PASS|PWD|PAT|AUTH)=',
  ].join('|'),
)

/** Whether what goes by this name is to be kept secret. */
export const isSecretName = (name: string): boolean => secretName.test(name)

/** What is known of a machine and a session that decides what may leave it. */
export type Known = {
  /** Values that are secret whatever they look like, those of the environment say. Shorter than 8 characters are left. */
  secrets?: readonly string[] | undefined
  /** How much is told; absent: `redacted`. */
  level?: HookLevel | undefined
  /** Paths of which nothing is told. */
  never?: Never | undefined
}

/** `text` with everything that looks like a secret, or is one of `secrets`, replaced by `[REDACTED:rule]`. */
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

const none: readonly string[] = []
/** Names of fields and tools, ids and folders come again and again: what became of so short a text is remembered, for so many. */
const REMEMBERED = 200
const MOST_REMEMBERED = 5_000
const memory = new WeakMap<readonly string[], Map<string, string>>()

function remembered(secrets: readonly string[]): Map<string, string> {
  const known = memory.get(secrets) ?? new Map<string, string>()
  if (known.size === 0) memory.set(secrets, known)
  return known
}

function redacted(text: string, secrets: readonly string[]): string {
  let out = text
  for (const form of formsOf(secrets)) if (out.includes(form)) out = out.split(form).join('[REDACTED:known]')
  if (!hinted.test(out)) return out
  for (const [rule, hints, pattern] of shapes) {
    if (hints.length > 0 && !hints.some((hint) => out.includes(hint))) continue
    out = out.replace(pattern, (_, kept: unknown) => `${typeof kept === 'string' ? kept : ''}[REDACTED:${rule}]`)
  }
  return redactAssigned(out)
}

function redactAssigned(text: string): string {
  let out = ''
  let done = 0
  assignment.lastIndex = 0
  for (let found = assignment.exec(text); found; found = assignment.exec(text)) {
    const [all, name = '', quote = ''] = found
    const start = found.index + all.length
    const given = valueAt(text, start, quote)
    if (!given || !isSecretValue(name, quote, given, text[start + given.length] ?? '')) continue
    out += `${text.slice(done, start)}[REDACTED:${/pass/i.test(name) ? 'password' : 'assigned'}]`
    done = start + given.length
    assignment.lastIndex = done
  }
  return out + text.slice(done)
}

function valueAt(text: string, start: number, quote: string): string {
  const end = ends[quote]
  if (!end) return ''
  end.lastIndex = start
  return end.exec(text)?.[0] ?? ''
}

const plainWord =
  /^(?:none|null|nil|true|false|undefined|string|str|number|int|boolean|bool|bytes|any|unknown|self|this|optional|required)$/i

function isSecretValue(name: string, quote: string, given: string, next: string): boolean {
  if (given.startsWith('[REDACTED') || isReference(given) || plainWord.test(given)) return false
  if (/tokens/i.test(name) && given.length < 20) return false // how many, not which
  return quote ? !isProse(name, given) : isSecretWord(name, given, next)
}

/** `$TOKEN`, `<your token>`, `***`: says where a secret is, or that there is none. */
const isReference = (given: string) => /^(?:\$|<|%\w+%|\*+$|\.{3}|x{3,}$)/i.test(given)

/** Without quotes, code looks like a secret (`token: string`), so the value must not be a word or an expression. */
function isSecretWord(name: string, given: string, next: string): boolean {
  if (/^[A-Z][A-Z0-9_]*=$/.test(name) || name.startsWith('--')) return !given.startsWith('-')
  if (next === '(' || next === '[' || /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$/.test(given)) return false
  if (/^[\w.-]+=$/.test(name))
    return given.length >= 4 && (/\d/.test(given) || (/pass/i.test(name) && !/pass/i.test(given)))
  return given.length >= 8 && /\d/.test(given) && /[A-Za-z]/.test(given)
}

/** `'The token has expired'` is a sentence; a passphrase has spaces too, and is hidden. */
const isProse = (name: string, given: string) => given.length < 4 || (!/pass/i.test(name) && /\s/.test(given))

const formsKnown = new WeakMap<readonly string[], string[]>()

/** Every form of every secret, the longest first. Made once for a list. */
function formsOf(secrets: readonly string[]): string[] {
  const known = formsKnown.get(secrets)
  if (known) return known
  const forms = [...new Set(secrets.filter((secret) => secret.length >= 8).flatMap(waysToWrite))]
  forms.sort((a, b) => b.length - a.length)
  formsKnown.set(secrets, forms)
  return forms
}

/** Itself, inside JSON (also twice), in a URL, in base64 (wherever in the encoded text it begins). */
function waysToWrite(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1)
  const inUrl = inUtf8(secret)
  const bytes = inUrl.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const encoded = [0, 1, 2].map((before) => base64Core(bytes, before))
  const urlSafe = encoded.map((text) => text.replace(/\+/g, '-').replace(/\//g, '_'))
  const plain = [secret, inJson, JSON.stringify(inJson).slice(1, -1), inUrl, inUrl.replace(/%20/g, '+')]
  return [...plain, ...encoded, ...urlSafe].filter((form) => form.length >= 8)
}

/** Percent-encoded; a lone surrogate, which has no encoding, becomes the replacement character. */
const inUtf8 = (text: string) =>
  encodeURIComponent(text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd'))

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The characters that base64 of anything holding `bytes` after a multiple of three plus `before` bytes must contain. */
function base64Core(bytes: string, before: number): string {
  let bits = 0
  let held = 0
  let out = ''
  const skip = (6 - ((before * 8) % 6)) % 6 // bits that share a character with what stands before
  for (const char of bytes) {
    held = (held << 8) | char.charCodeAt(0)
    bits += 8
    if (out === '' && bits === 8) bits -= skip
    while (bits >= 6) {
      bits -= 6
      out += alphabet[(held >> bits) & 63]
      held &= (1 << bits) - 1
    }
  }
  return out
}
