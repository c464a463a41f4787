/** So much is pasted at once (bytes): a program that does not read leaves no room for more (local-spawner/pty.ts), which would be lost. */
export const MOST_PASTED = 4_000_000

const text = new TextEncoder()

export function linesOf(pasted: string): string[] {
  const lines = pasted.split(/\r\n|\r|\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines // an end of line at the end begins no other
}

export const isTooLong = (pasted: string) => text.encode(pasted).length > MOST_PASTED

/** Whoever pastes is asked first: each end of a line may be an order to run it, and more than a terminal takes would be cut. */
export const wantsAsking = (pasted: string) => linesOf(pasted).length > 1 || isTooLong(pasted)

const steering = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

/**
 * `pasted` as keys; with `marked`, as the program wants it that tells pasted text from typed. Characters that steer are shown and not
 * sent: copied unseen from somewhere, they would press keys, or end the paste and be typed from there on.
 */
export function keysOf(pasted: string, marked: boolean): Uint8Array<ArrayBuffer> {
  const keys = pasted.replace(/\r\n|\n/g, '\r').replace(steering, picture)
  return text.encode(marked ? `\x1b[200~${keys}\x1b[201~` : keys)
}

function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : '\ufffd'
}
