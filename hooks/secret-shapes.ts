import { named } from './assigned.ts'
import { bitOf, scanFor } from './hint-scan.ts'
import type { Span } from './spans.ts'

// Every pattern is bounded or has one way to match, so that time grows with the text and never faster.

// A key may stand behind a `_` (`OLD_ghp_…`), where no word begins for `\b`.

/**
 * Shapes that are a secret wherever they stand. A group, where there is one, is what stays readable. A text without any
 * of a shape's hints (three characters or more) cannot hold it; those of a shape that ignores case are in lower case.
 */
type Shape = [rule: string, hints: string[], pattern: RegExp]

/** What nothing but a secret looks like: these are known even where a line was broken within. */
const marked: Shape[] = [
  ['maestro', ['mst_'], /(?<![0-9A-Za-z])mst_[a-z]{2,10}_[0-9A-Za-z]{38}/g],
  ['anthropic', ['sk-ant-'], /(?<![0-9A-Za-z])sk-ant-[\w-]{16,200}/g],
  ['openai', ['sk-'], /(?<![0-9A-Za-z])sk-(?:proj-|svcacct-|admin-|or-v1-)?[\w-]{20,200}/g],
  ['aws', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], /(?<![0-9A-Za-z])(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z])/g],
  [
    'github',
    ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'b_p'],
    /(?<![0-9A-Za-z])(?:gh[pousr]_[0-9A-Za-z]{30,255}|github_pat_\w{22,255})/g,
  ],
  [
    'gitlab',
    ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glft-', 'glsoat-'],
    /(?<![0-9A-Za-z])gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w.-]{20,100}/g,
  ],
  [
    'slack',
    ['xox', 'xapp-'],
    /(?<![0-9A-Za-z])xox[abeoprs]-[0-9A-Za-z-]{10,250}|(?<![0-9A-Za-z])xapp-\d-[0-9A-Za-z-]{10,250}/g,
  ],
  [
    'google',
    ['AIza', 'ya29.', 'GOCSPX-'],
    /(?<![0-9A-Za-z])AIza[\w-]{35}|(?<![0-9A-Za-z])ya29\.[\w-]{20,500}|(?<![0-9A-Za-z])GOCSPX-[\w-]{20,60}/g,
  ],
  [
    'stripe',
    ['k_l', 'k_t', 'whsec_'],
    /(?<![0-9A-Za-z])(?:[srp]k_(?:live|test)_[0-9A-Za-z]{16,200}|whsec_[0-9A-Za-z+/=]{20,100})/g,
  ],
  ['npm', ['npm_'], /(?<![0-9A-Za-z])npm_[0-9A-Za-z]{30,60}/g],
  ['pypi', ['pypi-'], /(?<![0-9A-Za-z])pypi-[\w-]{40,300}/g],
  ['huggingface', ['hf_'], /(?<![0-9A-Za-z])hf_[0-9A-Za-z]{30,60}/g],
  ['sendgrid', ['SG.'], /(?<![0-9A-Za-z])SG\.[\w-]{16,40}\.[\w-]{30,60}/g],
  ['azure', [...'0123456789'].map((digit) => `${digit}Q~`), /(?:\b|(?<![0-9A-Za-z]))[\w~.-]{3}\dQ~[\w~.-]{31,34}/g],
  // Only from where a word begins, and only where another part follows it: else each `eyJ` of a long word would be tried.
  [
    'jwt',
    ['eyJ'],
    /(?<![\w-])(?=[\w-]{11,}\.eyJ[\w-]{4})([\w-]*?)(?<![0-9A-Za-z])eyJ[\w-]{8,}\.eyJ[\w-]{4,4000}(?:\.[\w-]{0,2000})?/g,
  ],
  ['terraform', ['.atlasv1.'], /\b\w{14,60}\.atlasv1\.[\w-]{60,80}/g],
  [
    'token',
    [
      ...['dckr_pat_', 'shp', 'n_a', 'ntn_', 'figd_', 'PMAK-', 'glsa_', 'gsk', 'xai-', 'sbp_', 'dapi', 'psc', 'yge'],
      ...['ATATT3', 'NRAK-', 'HRKU-', 'pplx-', 'ops_eyJ', 'dp.pt.', 'r8_', 'sntrys_'],
    ],
    /(?<![0-9A-Za-z])(?:(?:dckr_pat|shpat|shpss|lin_api|ntn|figd|glsa|gsk|sbp|pscale_\w{2,6}|rubygems|r8|sntrys)_[\w-]{24,300}|(?:PMAK|xai|NRAK|HRKU|pplx)-[\w-]{24,120}|dapi[0-9a-f]{32}|ATATT3[\w=-]{60,300}|ops_eyJ[\w-]{100,2000}|dp\.pt\.\w{40,60})/g,
  ],
]

const placed: Shape[] = [
  [
    'private-key',
    ['-----BEGIN '],
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,48}-----)?/g,
  ],
  [
    'webhook',
    ['slack.com/', '/api/webhooks'],
    /(?<![0-9A-Za-z])https:\/\/(?:hooks\.slack\.com\/(?:services|workflows)|discord(?:app)?\.com\/api\/webhooks)\/[\w/-]{20,250}/g,
  ],
  ['twilio', [...'0123456789abcdef'].map((digit) => `SK${digit}`), /(?<![0-9A-Za-z])SK[0-9a-f]{32}(?![0-9A-Za-z])/g],
  ['digitalocean', ['_v1_'], /(?<![0-9A-Za-z])do[opr]_v1_[0-9a-f]{60,70}/g],
  ['vault', ['hvs.', 'hvb.', 'hvr.'], /(?<![0-9A-Za-z])hv[sbr]\.[\w-]{20,300}/g],
  [
    'cloudflare',
    ['v1.0-', 'cfut_', 'cfat_', 'cfk_'],
    /(?<![0-9A-Za-z])v1\.0-[0-9a-f]{24}-[0-9a-f]{100,200}|(?<![0-9A-Za-z])cf(?:ut|at|k)_[0-9A-Za-z]{36,60}/g,
  ],
  ['age', ['AGE-SECRET-KEY-'], /(?<![0-9A-Za-z])AGE-SECRET-KEY-1[0-9A-Z]{50,70}/g],
  ['telegram', [':AA'], /(?<!\d)\d{8,10}:AA[\w-]{32,34}/g],
  ['signature', ['sig=', 'Signature='], /([?&;](?:sig|X-Amz-Signature)=)[\w%+/=-]{20,200}/g],
  ['google', ['1//0'], /(?<![0-9A-Za-z])1\/\/0[\w-]{30,200}/g],
  [
    'url',
    ['://'],
    /((?<=[a-z][a-z0-9+.-]):\/\/[^\s:@/"'[]{0,100}:)[^\s@/"']{1,200}(?=@)|((?<=[a-z][a-z0-9+.-]):\/\/)(?=[a-z_.~%-]{0,60}\d)[\w.~%-]{20,200}(?=@)/gi,
  ],
  [
    'authorization',
    ['rer', 'sic', 'riz'],
    /(\b(?:bearer|basic)\s{1,3})(?=[^\s"']{0,30}[\d=_-])[\w.+/=~-]{12,2000}|((?<![0-9A-Za-z])authorization\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?(?:[a-z]{2,20}\s{1,3})?)(?=[^\s"']{0,60}\d)[\w.+/=~:-]{8,2000}/gi,
  ],
  [
    'cookie',
    ['oki'],
    /((?<![0-9A-Za-z])(?:set-)?cookie\\{0,3}["']?\s{0,3}[:=]\s{0,3}\\{0,3}["']?)[\w.-]{1,100}=[^\r\n"'\\]{1,4000}/gi,
  ],
  ['cookie', ['-b ', '-b=', '--cookie'], /(\s(?:-b|--cookie)[= ]{1,2}["']?)[\w.-]{1,100}=[^\r\n"']{1,4000}/g],
  [
    'userpass',
    ['-u ', '-u=', '--user', '-proxy-user'],
    /(\s(?:-u|--user|--proxy-user)[= ]{1,2}["']?(?!\d{1,9}:\d{1,9}\b)[^\s:"'=[]{1,60}:)[^\s"']{1,200}/g,
  ],
  [
    'password',
    ['sshpass', 'ogi', 'redis-cli', 'mysql', 'mariadb'],
    /(\b(?:sshpass|docker login|podman login|registry login|redis-cli)\b[^\n;|&]{0,200}?\s-[pa][ =]?["']?|\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n;|&]{0,200}?\s-p["']?)(?![\s-])[^\s"']{4,200}/g,
  ],
]
const shapes = [...marked, ...placed]

/** What may hold a shape, as bits of the list above, and one more for what is named (assigned.ts). */
export const scan = scanFor([
  ...shapes.map(([, hints, { ignoreCase }]) => (ignoreCase ? { words: hints } : { exact: hints })),
  named,
])
const MARKED = marked.reduce((bits, _, i) => bits | bitOf(i), 0)
/** Whether what was scanned may hold what is named. */
export const hasNamed = (bits: number): boolean => (bits & bitOf(shapes.length)) !== 0

/** By which those in an encoded text are known before it is decoded: hints that are long enough to be rare. */
export const hints: string[] = [
  ...shapes.flatMap(([, hints]) => hints).filter((hint) => /^[\w.-]{4,}$/.test(hint) && hint !== '_v1_'),
  ...['sk-proj-', 'sk-svcacct-', 'sk-or-v1-', 'xoxb-', 'xoxp-', 'xoxa-', 'xoxe-', 'k_live_', 'k_test_', 'github_pat_'],
  ...[
    'shpat_',
    'lin_api_',
    'pscale_',
    'rubygems_',
    '-----BEGIN ',
    'eyJhbGci',
    'eyJ0eXAi',
    'eyJraWQi',
    'earer ',
    'asic ',
  ],
  ...['ookie', 'uthorization', 'ql://', 'es://', 'is://', 'db://', 'ps://', 'tp://', 'qp://', 'srv://', 'onnection'],
  ...['secret', 'token', 'passw', 'api_key', 'apikey', 'api-key', '_key', 'Secret', 'Token', 'Passw', 'ApiKey', 'Key='],
  ...['SECRET', 'TOKEN', 'PASS', 'API_KEY', 'APIKEY', '_KEY', '_AUTH', '_PWD'],
]

export const shapesIn = (text: string, bits: number): Span[] => spansOf(text, bits, shapes)

/** How long they are as a whole: what is so long at the end of a line does not go on in the next one. */
const wholes: Record<string, number> = {
  ...{ maestro: 45, aws: 20, npm: 40, pypi: 150, huggingface: 37, sendgrid: 69, terraform: 80, github: 40, gitlab: 26 },
  ...{ stripe: 32, google: 39, azure: 37 },
}

/**
 * In a text whose lines were run together, at `breaksOf()`: what goes over the end of a line, was not whole there, and could
 * not be two words, one at the end of a line and one after it.
 */
export function markedIn(text: string, breaksOf: () => readonly number[]): Span[] {
  const bits = scan(text) & MARKED
  const found = bits ? spansOf(text, bits, marked).filter(({ start, end }) => isMixed(text.slice(start, end))) : []
  if (found.length === 0) return []
  const breaks = breaksOf()
  return found.filter(({ start, end, rule }) => {
    const at = breaks.find((one) => one > start)
    return at !== undefined && at < end && at - start < (wholes[rule] ?? Number.POSITIVE_INFINITY)
  })
}

const isMixed = (text: string) => /\d/.test(text) && /[A-Z]/.test(text)

function spansOf(text: string, bits: number, all: Shape[]): Span[] {
  const spans: Span[] = []
  for (const [i, [rule, , pattern]] of all.entries()) {
    if ((bits & bitOf(i)) === 0) continue
    for (const found of text.matchAll(pattern)) {
      const kept = found[1] ?? found[2] ?? ''
      spans.push({ start: found.index + kept.length, end: found.index + found[0].length, rule })
    }
  }
  return spans
}
