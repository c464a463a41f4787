import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encode, type Frame, FrameReader } from '../../local-spawner/holder-wire.ts'

const hello = {
  version: 1,
  session: 'sess_1',
  pid: 7,
  childPid: 8,
  cols: 80,
  rows: 24,
  floor: 0,
  offset: 5,
  startedAt: 9,
}
const exit = { code: null, signal: 'SIGKILL', at: 12, offset: 5 }
const frames: Frame[] = [
  { type: 'attach', from: 12 },
  { type: 'attach' },
  { type: 'detach' },
  { type: 'snapshot', id: 3, scrollback: 10 },
  { type: 'input', bytes: Buffer.from([0, 255, 27, 128]) },
  { type: 'resize', cols: 120, rows: 40 },
  { type: 'end', grace: 5_000 },
  { type: 'release' },
  { type: 'hello', ...hello, exit },
  { type: 'output', offset: 2 ** 40, bytes: Buffer.from('é\x1b[1m').subarray(1) },
  { type: 'output', offset: 0, bytes: Buffer.alloc(70_000, 1) },
  { type: 'screen', id: 0, offset: 4, cols: 80, rows: 24, data: '\x1b[31m日本👩‍🚀' },
  { type: 'exit', ...exit },
  { type: 'gap', from: 1, to: 9 },
  { type: 'resized', offset: 9, cols: 1, rows: 2 },
]

test('every frame arrives as it was sent, wherever the socket cuts', () => {
  const bytes = Buffer.concat(frames.map(encode))
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
      const reader = new FrameReader(100_000)
      const ends = [...cuts.sort((a, b) => a - b), bytes.length]
      const read = ends.flatMap((end, i) => reader.push(bytes.subarray(ends[i - 1] ?? 0, end)))
      expect(read).toEqual(frames)
    }),
    { numRuns: 30 },
  )
})

test('a frame of a type that a newer version added is skipped', () => {
  const reader = new FrameReader(100)
  const unknown = Buffer.from([0, 0, 0, 3, 200, 1, 2])
  expect(reader.push(Buffer.concat([unknown, encode({ type: 'detach' })]))).toEqual([{ type: 'detach' }])
})

test('a frame that is too long is refused before its bytes have come', () => {
  const reader = new FrameReader(100)
  expect(() => reader.push(Buffer.from([0, 0, 1, 0]))).toThrow('A frame of 256 bytes')
})

test('a frame without a type, or with broken fields, is refused', () => {
  expect(() => new FrameReader(100).push(Buffer.from([0, 0, 0, 0]))).toThrow('not between')
  expect(() => new FrameReader(100).push(Buffer.from([0, 0, 0, 2, 2, 0x7b]))).toThrow()
  expect(() => new FrameReader(100).push(Buffer.from([0, 0, 0, 2, 2, 0x31]))).toThrow('no fields')
})
