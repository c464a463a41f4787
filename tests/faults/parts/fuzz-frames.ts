import { encodeTerminal, type TerminalKind } from '../../../protocol/terminal.ts'
import type { Chance } from './chance.ts'

const texts = [
  '',
  'ping',
  'pong',
  'PING',
  '{}',
  '[]',
  'null',
  '{"type":"snapshot"}',
  '{"type":"hello","v":99}',
  '\u0000',
  '💥',
  'x'.repeat(5_000),
]

/** A frame by chance: often one that could be meant, with a number, a length or a byte of it changed. */
export function frameBy(chance: Chance): string | Uint8Array<ArrayBuffer> {
  const how = chance.next()
  if (how < 0.25) return chance.pick(texts)!
  if (how < 0.35) return Uint8Array.from(chance.bytes(chance.below(64)))
  const kind = (1 + chance.below(9)) as TerminalKind // 1 to 9 are the kinds
  const bytes = chance.next() < 0.98 ? chance.bytes(chance.below(40)) : new Uint8Array(20_000)
  const frame = encodeTerminal({
    kind,
    viewer: chance.below(4),
    offset: chance.below(1e6),
    cols: chance.below(65_536),
    rows: chance.below(300),
    bytes,
  })
  if (how < 0.7) return frame
  if (how < 0.85) return frame.slice(0, chance.below(frame.length))
  frame[chance.below(frame.length)] = chance.below(256)
  return frame
}
