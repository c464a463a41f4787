import type { Hints } from './hint-scan.ts'
import type { Span } from './spans.ts'

const secretWords =
  'secret|token|passwd|password|passphrase|passcode|credential|api[-_]?key|access[-_]?key|private[-_]?key|signing[-_]?key|' +
  'encryption[-_]?key|account[-_]?key|auth[-_]?key|master[-_]?key|session[-_]?key|conn(?:ection)?[-_]?string'
const secretName = new RegExp(
  `${secretWords}|_(?:key|pass|pwd|pat|auth)$|^(?:pass|pwd|auth|authorization|cookie)$`,
  'i',
)

/** Whether what goes by this name is to be kept secret. */
export const isSecretName = (name: string): boolean => secretName.test(name)

/** What names a secret and is followed by it: `password: "`, `API_KEY=`, `"token": "`, `--token `, also within a JSON string. */
const assignment = new RegExp(
  `((?<![\\w-])--[\\w-]{0,40}(?:${secretWords})[\\w-]{0,20}(?:=|\\s{1,3})|` +
    `(?:${secretWords})[\\w.-]{0,40}\\\\?["']?\\s{0,4}(?::=|=>|[:=])\\s{0,4}|` +
    `\\b[A-Z][A-Z0-9_]{0,60}_(?:KEY|PASS|PWD|PAT|AUTH)=)(\\\\?["']|)`,
  'gi',
)
/** What stands in every text in which `assignment` finds something. */
export const named: Hints = {
  words: [
    ...[
      'ecr',
      'oke',
      'ssw',
      'ssp',
      'ssc',
      'ede',
      'nns',
      'n_s',
      'n-s',
      'onst',
      '_pass=',
      '_pwd=',
      '_pat=',
      '_auth=',
      '_key',
    ],
    ...['pik', 'ssk', 'tek', 'ngk', 'onk', 'ntk', 'thk', 'erk', '-key'],
  ],
  exact: [...'isegnthr'].map((last) => `${last}Key`), // as programs name them: `apiKey`, `accessKey`
}
const ends: Record<string, RegExp> = {
  '"': /(?:[^"\\\n]|\\.)*/y,
  "'": /(?:[^'\\\n]|\\.)*/y,
  '\\"': /[^"\\\n]*/y,
  "\\'": /[^'\\\n]*/y,
  '': /[^\s"'`,;&|<>(){}[\]\\]*/y,
}
/** In a variable's value what ends a word of code may stand, where no space follows. */
const variable = /^[A-Z][A-Z0-9_]*=$/
const variableEnd = /(?:[^\s"'`\\;&|<>(){}[\],]|[;&|<>(){}[\],](?=[^\s;&|<>(){}[\],"'`\\]))*/y

export function assignedIn(text: string): Span[] {
  const spans: Span[] = []
  assignment.lastIndex = 0
  for (let found = assignment.exec(text); found; found = assignment.exec(text)) {
    const [all, name = '', quote = ''] = found
    const start = found.index + all.length
    const given = valueAt(text, start, name, quote)
    if (!given || !isSecretValue(name, quote, given, text[start + given.length] ?? '')) continue
    spans.push({ start, end: start + given.length, rule: /pass/i.test(name) ? 'password' : 'assigned' })
    assignment.lastIndex = start + given.length
  }
  return spans
}

function valueAt(text: string, start: number, name: string, quote: string): string {
  const end = quote === '' && variable.test(name) ? variableEnd : ends[quote]
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
const isReference = (given: string) => /^(?:[$<=]|%\w+%|\*+$|\.{3}|x{3,}$)/i.test(given)

/** Without quotes, code looks like a secret (`token: string`), so the value must not be a word or an expression. */
function isSecretWord(name: string, given: string, next: string): boolean {
  if (variable.test(name) || name.startsWith('--')) return !given.startsWith('-')
  if (next === '(' || next === '[' || /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$/.test(given)) return false
  if (/^[\w.-]+=$/.test(name))
    return given.length >= 4 && (/\d/.test(given) || (/pass/i.test(name) && !/pass/i.test(given)))
  return given.length >= 8 && /\d/.test(given) && /[A-Za-z]/.test(given)
}

/** `'The token has expired'` is a sentence; a passphrase has spaces too, and is hidden. */
const isProse = (name: string, given: string) => given.length < 4 || (!/pass/i.test(name) && /\s/.test(given))
