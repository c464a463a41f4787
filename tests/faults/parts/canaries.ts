import { newKey } from '../../../protocol/keys.ts'
import type { Chance } from './chance.ts'

/** How a secret is written down where it is used, and the part of that which nobody may see. */
type Written = { text: string; secret: string }
type Make = (some: (length: number, alphabet?: string) => string, chance: Chance) => Written

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const hex = '0123456789abcdef'
const whole = (secret: string): Written => ({ text: secret, secret })
const within = (before: string, secret: string, after = ''): Written => ({ text: before + secret + after, secret })
/** Letters as real keys have them: large, small, and figures. */
const key = (some: (length: number) => string, length: number) => `${some(length - 3)}aB7`

/** Secrets that are known for what they look like, or by the name beside them. */
export const classes: Record<string, Make> = {
  anthropic: (some) => whole(`sk-ant-api03-${key(some, 60)}`),
  openai: (some) => whole(`sk-proj-${key(some, 48)}`),
  github: (some) => whole(`ghp_${key(some, 36)}`),
  gitlab: (some) => whole(`glpat-${key(some, 20)}`),
  'aws id': (some) => whole(`AKIA${some(13, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')}234`),
  'aws secret': (some) => within('aws_secret_access_key = ', key(some, 40)),
  google: (some) => whole(`AIza${key(some, 35)}`),
  azure: (some) => within('DefaultEndpointsProtocol=https;AccountKey=', `${key(some, 84)}==`),
  slack: (some) => whole(`xoxb-${some(12, '0123456789')}-${key(some, 24)}`),
  stripe: (some) => whole(`sk_live_${key(some, 24)}`),
  npm: (some) => whole(`npm_${key(some, 36)}`),
  jwt: (some) => whole(`eyJhbGciOiJIUzI1NiJ9.eyJ${some(40)}2.${key(some, 43)}`),
  'private key': (some) => {
    const body = `${some(64)}\n${some(64)}\n${key(some, 40)}`
    return within('-----BEGIN RSA PRIVATE KEY-----\n', body, '\n-----END RSA PRIVATE KEY-----')
  },
  'url password': (some) => within('postgres://app:', key(some, 18), '@db.example.com:5432/app'),
  bearer: (some) => within('Authorization: Bearer ', key(some, 32)),
  basic: (some) => within('Authorization: Basic ', `${key(some, 30)}=`),
  cookie: (some) => within('Cookie: sid=', key(some, 32)),
  variable: (some) => within('export DB_PASSWORD=', `${some(6)}#${key(some, 10)}`),
  flag: (some) => within('deploy --api-key ', key(some, 24)),
  // What all keys of ours begin with is on every wire.
  'a key of ours': (_, chance) => {
    const bytes = chance.bytes(96).map((byte) => byte % 248)
    const [, start = '', secret = ''] = /^(mst_session_)(.*)$/.exec(newKey('session', bytes)) ?? []
    return within(start, secret)
  },
}

/** Values of the agent's own environment: without a shape, so only knowing them helps. */
export const environment: Record<string, Make> = {
  'known, letters': (some) => whole(some(24)),
  'known, signs': (some) => whole(`${some(6)}"$'\\/ +&=%${some(10)}`),
  'known, hex': (some) => whole(some(40, hex)),
  'known, words': (some) => whole(`größe ${some(10)} ☃ ${some(8)}`),
}

type Encode = (text: string, chance: Chance) => string
const base64 =
  (before: number): Encode =>
  (text) =>
    Buffer.from('"'.repeat(before) + text).toString('base64')
const halved = (text: string, between: string) => {
  const at = Math.floor(text.length * 0.7) // within the secret, which comes last
  return text.slice(0, at) + between + text.slice(at)
}

/** How it may be written. */
export const encodings: Record<string, Encode> = {
  plain: (text) => text,
  'behind a _': (text) => `OLD_${text}`,
  'in JSON': (text) => JSON.stringify({ text }),
  'in JSON twice': (text) => JSON.stringify(JSON.stringify({ text })),
  'in a URL': (text) => `https://example.com/a?q=${encodeURIComponent(text)}&r=1`,
  'every byte %XX': (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&'),
  'base64, at 0': base64(0),
  'base64, at 1': base64(1),
  'base64, at 2': base64(2),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64, wrapped': (text) => base64(0)(`name: app\nvalue: ${text}\n`, undefined as never).replace(/.{76}/g, '$&\n'),
  'base64 of UTF-16': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  'in HTML': (text) => text.replace(/[&<>"'=/:]/g, (char) => `&#${char.charCodeAt(0)};`),
  'over two lines': (text) => halved(text, '\n'),
  'over two lines of a shell': (text) => halved(text, '\\\n'),
  'with a colour within': (text) => halved(text, '\x1b[31m'),
}

/** `telling` is the part of what is written in which the secret is. */
export type Canary = { kind: string; encoding: string; written: string; secret: string; telling: string }

/** A fresh one; `make` as in the lists above. */
export function canaryOf(kind: string, make: Make, encoding: string, chance: Chance): Canary {
  const some = (length: number, alphabet = letters) =>
    Array.from({ length }, () => alphabet[chance.below(alphabet.length)]).join('')
  const { text, secret } = make(some, chance)
  const encode = encodings[encoding]!
  const written = encode(text, chance)
  // The same around another secret: where they differ is what tells it.
  const other = encode(
    text.replace(secret, () => secret.replace(/[\w]/g, (char) => (char === 'Q' ? 'R' : 'Q'))),
    chance,
  )
  const differs = [...written].map((char, at) => char !== other[at])
  return {
    kind,
    encoding,
    secret,
    written,
    telling: written.slice(differs.indexOf(true), differs.lastIndexOf(true) + 1),
  }
}
