import type { Terminal } from '@xterm/headless'

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
  input.parse = (data, result) => {
    try {
      return parse(data, result)
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

/** xterm 6.0 throws on "erase up to the cursor" in the last cell of a screen without scrollback, which is "erase all". */
function eraseAll(terminal: Terminal, { buffers: { active }, _inputHandler }: Core): boolean {
  if (active.x + 1 < terminal.cols || active.lines.get(active.y + 1)) return false
  return _inputHandler.eraseInDisplay({ params: [2] })
}
