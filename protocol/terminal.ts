/**
 * A terminal's bytes between a daemon and its viewers. One header of 17 bytes, then bytes that the relay never reads:
 * kind u8 · viewer u32 · offset u64 (bytes the program had printed before these) · cols u16 · rows u16.
 */
export const terminalKinds = {
  /** Daemon → viewers: what the program printed, from `offset`. */
  output: 1,
  /** Daemon → one viewer: the screen as it was at `offset`, as escape sequences. */
  snapshot: 2,
  /** Viewer in control → daemon: what was typed. */
  input: 3,
  /** Viewer in control → daemon: the size it wants. */
  resize: 4,
  /** Daemon → viewers: the program has ended; the bytes are JSON `{ code, signal }`. */
  exit: 5,
  /** Relay → daemon: this viewer has come and wants a snapshot. */
  join: 6,
  /**
   * Relay → viewers: JSON `{ controller, by, own, you, viewers, source, frozen, refused }`: who types, by number and by the name
   * of the key, and whether that is yours; who watches; whether the daemon is there; whether you may not type now; whether the
   * daemon types for nobody.
   */
  presence: 7,
  /** Viewer → relay: wants to type; and gives typing up. Daemon → relay: it types for nobody, so nobody is to have control. */
  take: 8,
  yield: 9,
} as const

/**
 * Reserved for encryption from end to end: set in `kind`, it says that the bytes of an output, a snapshot or an input are
 * ciphertext, which only the daemon and viewers with the key could open. The relay passes such a frame on as it came, by the
 * same rules of rights and control, because all it needs is in the header. The bytes are to begin with the key's id (u32: a
 * key is changed when a viewer may look no more) and a nonce (12 bytes, never twice with one key), and the header is to be
 * authenticated with them, so that a relay can neither move, redirect nor repeat what it cannot read; `offset` goes on
 * counting what the program printed. Nobody seals yet: a viewer says that it cannot read, a daemon types nothing of it.
 */
export const SEALED = 0x80
const sealable: readonly number[] = [terminalKinds.output, terminalKinds.snapshot, terminalKinds.input]

export type TerminalKind = (typeof terminalKinds)[keyof typeof terminalKinds]

export type TerminalFrame = {
  kind: TerminalKind
  /** Its bytes are not to be read: see SEALED. */
  sealed: boolean
  viewer: number
  offset: number
  cols: number
  rows: number
  bytes: Uint8Array
}

const HEADER = 17

export function encodeTerminal(frame: Partial<TerminalFrame> & { kind: TerminalKind }): Uint8Array<ArrayBuffer> {
  const { kind, sealed = false, viewer = 0, offset = 0, cols = 0, rows = 0, bytes } = frame
  const out = new Uint8Array(HEADER + (bytes?.length ?? 0))
  const view = new DataView(out.buffer)
  view.setUint8(0, sealed ? kind | SEALED : kind)
  view.setUint32(1, viewer)
  view.setUint32(5, Math.floor(offset / 2 ** 32))
  view.setUint32(9, offset >>> 0)
  view.setUint16(13, cols)
  view.setUint16(15, rows)
  if (bytes) out.set(bytes, HEADER)
  return out
}

/** The frame, or nothing when `data` is too short to be one or of no known kind. Its bytes are a view of `data`, not a copy. */
export function decodeTerminal(data: Uint8Array): TerminalFrame | undefined {
  if (data.length < HEADER) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const first = view.getUint8(0)
  const [kind, sealed] = [first & ~SEALED, first >= SEALED]
  if (kind < 1 || kind > 9 || (sealed && !sealable.includes(kind))) return undefined
  return {
    kind: kind as TerminalKind, // just checked
    sealed,
    viewer: view.getUint32(1),
    offset: view.getUint32(5) * 2 ** 32 + view.getUint32(9),
    cols: view.getUint16(13),
    rows: view.getUint16(15),
    bytes: data.subarray(HEADER),
  }
}
