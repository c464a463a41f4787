import { wantsAsking } from '../client/paste.ts'

/** Has a terminal say where pasted text begins and ends; nothing else is known of it. */
export const MARK_PASTES = '\x1b[?2004h'

const BEGIN = '\x1b[200~'
const END = '\x1b[201~'
/** A mark may be cut, but what is shorter than this may be a key: Esc, or Alt and a bracket. */
const CUT = 3
const ESC = 0x1b

export type Part = { keys: Uint8Array } | { pasted: string }

/** Tells pasted text from keys in what comes from a terminal, cut anywhere. */
export class PasteReader {
  /** What of a paste has come so far. */
  #paste: Uint8Array[] | undefined
  #rest: Uint8Array = new Uint8Array()
  /** The terminal does mark what is pasted, so all else is typed. */
  #marks = false

  read(bytes: Uint8Array): Part[] {
    const parts: Part[] = []
    let left = joined([this.#rest, bytes])
    this.#rest = new Uint8Array()
    while (left.length > 0) left = this.#paste ? this.#readPaste(left, parts) : this.#readKeys(left, parts)
    return parts
  }

  #readKeys(bytes: Uint8Array, parts: Part[]): Uint8Array {
    const at = find(bytes, BEGIN)
    const end = at < 0 ? bytes.length - this.#keep(bytes, BEGIN, CUT) : at
    if (end > 0) parts.push(this.#partOf(bytes.subarray(0, end)))
    if (at < 0) return new Uint8Array()
    this.#paste = []
    this.#marks = true
    return bytes.subarray(at + BEGIN.length)
  }

  #readPaste(bytes: Uint8Array, parts: Part[]): Uint8Array {
    const at = find(bytes, END)
    const end = at < 0 ? bytes.length - this.#keep(bytes, END, 1) : at
    this.#paste!.push(bytes.slice(0, end)) // `read` looked
    if (at < 0) return new Uint8Array()
    parts.push({ pasted: new TextDecoder('utf-8', { ignoreBOM: true }).decode(joined(this.#paste!)) })
    this.#paste = undefined
    return bytes.subarray(at + END.length)
  }

  /** Keeps what may be the beginning of `mark` for the next time, if it is `least` long; answers how much. */
  #keep(bytes: Uint8Array, mark: string, least: number): number {
    const cut = Array.from({ length: mark.length - least }, (_, i) => mark.length - 1 - i)
    const length =
      cut.find((size) => size <= bytes.length && find(bytes.subarray(-size), mark.slice(0, size)) === 0) ?? 0
    this.#rest = bytes.slice(bytes.length - length)
    return length
  }

  /** A terminal that marks nothing gives several lines at once only when they are pasted. */
  #partOf(keys: Uint8Array): Part {
    if (this.#marks || keys.includes(ESC)) return { keys }
    const text = new TextDecoder().decode(keys)
    return wantsAsking(text.replace(/^[\r\n]+/, '')) ? { pasted: text } : { keys }
  }
}

const find = (bytes: Uint8Array, mark: string) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(mark)
const joined = (pieces: Uint8Array[]): Uint8Array => Buffer.concat(pieces)
