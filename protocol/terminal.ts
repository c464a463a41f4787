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
  /** Relay → viewers: JSON `{ controller, you, viewers, source, frozen }`: who types, who watches, whether the daemon is there, whether you may not type now. */
  presence: 7,
  /** Viewer → relay: wants to type; and gives typing up. */
  take: 8,
  yield: 9,
} as const
export type TerminalKind = (typeof terminalKinds)[keyof typeof terminalKinds]

export type TerminalFrame = {
  kind: TerminalKind
  viewer: number
  offset: number
  cols: number
  rows: number
  bytes: Uint8Array
}

const HEADER = 17

export function encodeTerminal(frame: Partial<TerminalFrame> & { kind: TerminalKind }): Uint8Array<ArrayBuffer> {
  const { kind, viewer = 0, offset = 0, cols = 0, rows = 0, bytes } = frame
  const out = new Uint8Array(HEADER + (bytes?.length ?? 0))
  const view = new DataView(out.buffer)
  view.setUint8(0, kind)
  view.setUint32(1, viewer)
  view.setUint32(5, Math.floor(offset / 2 ** 32))
  view.setUint32(9, offset >>> 0)
  view.setUint16(13, cols)
  view.setUint16(15, rows)
  if (bytes) out.set(bytes, HEADER)
  return out
}

/** The frame, or nothing when `data` is too short to be one. Its bytes are a view of `data`, not a copy. */
export function decodeTerminal(data: Uint8Array): TerminalFrame | undefined {
  if (data.length < HEADER) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const kind = view.getUint8(0)
  if (kind < 1 || kind > 9) return undefined
  return {
    kind: kind as TerminalKind, // just checked
    viewer: view.getUint32(1),
    offset: view.getUint32(5) * 2 ** 32 + view.getUint32(9),
    cols: view.getUint16(13),
    rows: view.getUint16(15),
    bytes: data.subarray(HEADER),
  }
}
