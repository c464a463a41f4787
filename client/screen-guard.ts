/** xterm's terminal, with a window or without. */
type Terminal = {
  cols: number
  parser: {
    registerCsiHandler(
      id: { prefix?: string; final: string },
      obey: (params: (number | number[])[]) => boolean,
    ): unknown
  }
}
type Core = {
  buffers: { active: { x: number; y: number; lines: { get(y: number): unknown } } }
  _inputHandler: {
    eraseInDisplay(params: { params: number[] }): boolean
    parse(data: string | Uint8Array, result?: boolean): unknown
    _parser: { reset(): void }
  }
}

/**
 * Keeps output from stopping `terminal` for good.
 *
 * An exception in xterm's parser leaves its queue stuck: nothing written later is ever read, so one odd sequence would freeze the
 * screen and, because reading paces the program, the program too. What the rest of a piece of output would have drawn is lost then.
 */
export function guard(terminal: Terminal) {
  const core = (terminal as unknown as { _core: Core })._core // its fields in the pinned xterm; a test shows that they are there
  const input = core._inputHandler
  const parse = input.parse.bind(input)
  const whole = wholeCharacters()
  input.parse = (data, result) => {
    try {
      return parse(typeof data === 'string' ? data : whole(data), result)
    } catch (error) {
      console.error('Some output could not be drawn:', error)
      input._parser.reset()
      return undefined // read, as far as the queue goes
    }
  }
  for (const prefix of [undefined, '?']) {
    terminal.parser.registerCsiHandler(
      { final: 'J', ...(prefix && { prefix }) },
      ([what]) => what === 1 && eraseAll(terminal, core),
    )
  }
}

/** xterm 6.0 loses a character that is cut after a byte of 0x80, as the dash and the ellipsis often are; so it gets none that is cut. */
function wholeCharacters(): (data: Uint8Array) => Uint8Array {
  let cut = new Uint8Array()
  return (data) => {
    const all = cut.length > 0 ? joined(cut, data) : data
    const end = all.length - partOfCharacter(all)
    cut = all.slice(end)
    return all.subarray(0, end)
  }
}

function joined(one: Uint8Array, two: Uint8Array): Uint8Array {
  const all = new Uint8Array(one.length + two.length)
  all.set(one)
  all.set(two, one.length)
  return all
}

/** How many bytes at the end of `output` belong to a character of UTF-8 that is not whole yet. */
export function partOfCharacter(output: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, output.length); back++) {
    const byte = output[output.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}

/** xterm 6.0 throws on "erase up to the cursor" in the last cell of a screen without scrollback, which is "erase all". */
function eraseAll(terminal: Terminal, { buffers: { active }, _inputHandler }: Core): boolean {
  if (active.x + 1 < terminal.cols || active.lines.get(active.y + 1)) return false
  return _inputHandler.eraseInDisplay({ params: [2] })
}
