/** The newest version of the wire this code speaks. A holder outlives upgrades, so both ends say theirs and use the lower. */
export const VERSION = 1

export type Exit = {
  /** null when a signal ended the program. */
  code: number | null
  /** 'SIGKILL', say; null when the program ended by itself. */
  signal: string | null
  /** ms since 1970. */
  at: number
  /** Where output ends. */
  offset: number
}

export type Hello = {
  version: number
  session: string
  /** The holder's. */
  pid: number
  childPid: number
  cols: number
  rows: number
  /** What the holder still has: from `floor` up to `offset`. */
  floor: number
  offset: number
  startedAt: number
  exit?: Exit
}

/** A screen as bytes to write to a fresh terminal of this size; output from `offset` on continues it exactly. */
export type Snapshot = { offset: number; cols: number; rows: number; data: string }
export type Size = { cols: number; rows: number }
export type Output = { offset: number; bytes: Buffer }

export type ToHolder =
  | { type: 'hello'; version: number }
  | { type: 'attach'; from?: number }
  | { type: 'detach' }
  | { type: 'snapshot'; id: number; scrollback?: number }
  | { type: 'input'; bytes: Uint8Array }
  | ({ type: 'resize' } & Size)
  | { type: 'end'; grace: number }
  | { type: 'release' }

export type FromHolder =
  | ({ type: 'hello' } & Hello)
  | ({ type: 'output' } & Output)
  /** Answers `snapshot`. With id 0 nobody asked: it follows a gap. */
  | ({ type: 'screen'; id: number } & Snapshot)
  | ({ type: 'exit' } & Exit)
  | { type: 'gap'; from: number; to: number }
  /** Output from `offset` on was, or will be, read at this size. */
  | ({ type: 'resized'; offset: number } & Size)

export type Frame = ToHolder | FromHolder

/** Numbers are for ever: an old holder reads them after an upgrade. */
const NUMBER = {
  hello: 1,
  attach: 2,
  detach: 3,
  snapshot: 4,
  input: 5,
  resize: 6,
  end: 7,
  release: 8,
  output: 9,
  exit: 10,
  gap: 11,
  resized: 12,
  screen: 13,
} as const satisfies Record<Frame['type'], number>
const TYPE = new Map<number, Frame['type']>(Object.entries(NUMBER).map(([type, n]) => [n, type as Frame['type']])) // the keys of NUMBER

/** A frame is u32 length, u8 type, payload; the length counts type and payload. Integers are big-endian. */
export function encode(frame: Frame): Buffer {
  if (frame.type === 'output') return pack(frame.type, eightBytes(frame.offset), frame.bytes)
  if (frame.type === 'input') return pack(frame.type, frame.bytes)
  if (frame.type === 'screen') {
    const { type, data, ...head } = frame
    return pack(type, withLength(JSON.stringify(head)), Buffer.from(data))
  }
  const { type, ...fields } = frame
  return pack(type, Buffer.from(JSON.stringify(fields)))
}

function pack(type: Frame['type'], ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 1)
  const head = Buffer.allocUnsafe(5)
  head.writeUInt32BE(length, 0)
  head.writeUInt8(NUMBER[type], 4)
  return Buffer.concat([head, ...parts], length + 4)
}

function eightBytes(offset: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigUInt64BE(BigInt(offset))
  return bytes
}

function withLength(json: string): Buffer {
  const text = Buffer.from(json)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text])
}

/** Undefined for a type that a newer version added: it is skipped. */
function decode(body: Buffer): Frame | undefined {
  const type = TYPE.get(body.readUInt8(0))
  const payload = body.subarray(1)
  if (!type) return undefined
  if (type === 'output') return { type, offset: Number(payload.readBigUInt64BE(0)), bytes: payload.subarray(8) }
  if (type === 'input') return { type, bytes: payload }
  if (type !== 'screen') return { ...fieldsIn(payload), type } as Frame // both ends are ours; the holder checks the numbers it acts on
  const end = 4 + payload.readUInt32BE(0)
  return { ...fieldsIn(payload.subarray(4, end)), type, data: payload.subarray(end).toString() } as Frame // as above
}

function fieldsIn(json: Buffer): object {
  const fields: unknown = JSON.parse(json.toString())
  if (typeof fields !== 'object' || fields === null) throw new Error('A frame carries no fields')
  return fields
}

/** Turns what a socket delivers, cut anywhere, into frames. Throws when a frame is longer than `limit` or cannot be read. */
export class FrameReader {
  #limit: number
  #chunks: Buffer[] = []
  #length = 0
  #wanted = 4

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Frame[] = []
    while (this.#length >= this.#wanted) this.#take(frames)
    return frames
  }

  /** Joins chunks only when what they hold together is needed: a long frame is copied once. */
  #take(frames: Frame[]) {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#length)
    const length = bytes.readUInt32BE(0)
    if (length < 1 || length > this.#limit)
      throw new Error(`A frame of ${length} bytes is not between 1 and ${this.#limit}`)
    const end = 4 + length
    const whole = bytes.length >= end
    const frame = whole ? decode(bytes.subarray(4, end)) : undefined
    if (frame) frames.push(frame)
    const rest = whole ? bytes.subarray(end) : bytes
    this.#chunks = [rest]
    this.#length = rest.length
    this.#wanted = whole ? 4 : end
  }
}
