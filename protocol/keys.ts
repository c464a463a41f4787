/** `mst_<kind>_<32 characters><6 of checksum>`: recognisable, and a look-alike is told apart without asking anyone. */
export const keyKinds = ['person', 'spawner', 'session', 'hook', 'link', 'ticket', 'enrol'] as const
export type KeyKind = (typeof keyKinds)[number]

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const pattern = /^mst_(person|spawner|session|hook|link|ticket|enrol)_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/

/** A new key made of `random`: 64 bytes or more, of which every byte below 248 gives one character without bias. */
export function newKey(kind: KeyKind, random: Uint8Array): string {
  const secret = [...random]
    .filter((byte) => byte < 248)
    .slice(0, 32)
    .map((byte) => alphabet[byte % 62])
    .join('')
  return `mst_${kind}_${secret}${checksum(`${kind}_${secret}`)}`
}

/** The kind of a well-formed key; nothing for anything else. Says nothing about whether it is valid. */
export function kindOf(key: string): KeyKind | undefined {
  const [, kind, secret, check] = pattern.exec(key) ?? []
  return kind && checksum(`${kind}_${secret}`) === check ? (kind as KeyKind) : undefined // the pattern names only kinds
}

/** `text` with the secret part of every key in it left out, well-formed or not. */
export function withoutKeys(text: string): string {
  return text.replace(/\b(mst_[a-z]+_)\w+/g, '$1…')
}

/** CRC-32 in six base62 characters. */
function checksum(text: string): string {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  let rest = (crc ^ 0xffffffff) >>> 0
  let out = ''
  for (let i = 0; i < 6; i++) {
    out = alphabet[rest % 62] + out
    rest = Math.floor(rest / 62)
  }
  return out
}
