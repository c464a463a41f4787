const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new Map([...alphabet, '-', '_'].map((char, i) => [char.charCodeAt(0), i < 64 ? i : i - 2]))

/** The characters that base64 of anything holding `bytes` (one in each character) must contain, wherever they begin. */
export function base64Cores(bytes: string): string[] {
  const cores = [0, 1, 2].map((before) => coreAt(bytes, before))
  return [...new Set([...cores, ...cores.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))])]
}

/** As they are after a multiple of three plus `before` bytes. */
function coreAt(bytes: string, before: number): string {
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

/** What `text` of either alphabet stands for from its character `start` on, a byte in each character. */
export function fromBase64(text: string, start: number): string {
  let bits = 0
  let held = 0
  const bytes: number[] = []
  for (let at = start; at < text.length; at++) {
    held = ((held << 6) | (values.get(text.charCodeAt(at)) ?? 0)) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
  }
  return inParts(bytes)
}

export function fromHex(text: string): string {
  const bytes: number[] = []
  for (let at = 0; at + 1 < text.length; at += 2) bytes.push(Number.parseInt(text.slice(at, at + 2), 16))
  return inParts(bytes)
}

/** A call takes only so many arguments. */
function inParts(bytes: number[]): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += 8_192) out += String.fromCharCode(...bytes.slice(at, at + 8_192))
  return out
}

/** UTF-8, a byte in each character; a lone surrogate, which has no encoding, becomes the replacement character. */
export function inUtf8(text: string): string {
  return inUrl(text).replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

export const inUrl = (text: string): string =>
  encodeURIComponent(text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd'))

/** UTF-16, the lower byte first, a byte in each character. */
export const inUtf16 = (text: string): string =>
  text.replace(/./gs, (unit) => String.fromCharCode(unit.charCodeAt(0) & 255, unit.charCodeAt(0) >> 8))
