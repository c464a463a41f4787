import headless from '@xterm/headless'
import { guard } from '../client/screen-guard.ts'
import { type Exit, type Size, TerminalView } from '../client/terminal-view.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { SessionId } from '../protocol/ids.ts'
import { type Context, found, type Result } from './context.ts'
import { interruptible } from './interrupt.ts'
import { refusalOf, showable, unreadable } from './terminal-access.ts'

const SCROLLBACK = 5_000
/** A machine that has not shown a terminal by then has none to show. */
const SHOWN_WITHIN_MS = 10_000

type Shown = Size & { bytes: Uint8Array; exit: Exit | null }

/** What a session's terminal shows now, or showed when its program ended, with what has scrolled away above it. */
export async function terminalText(context: Context, id: SessionId): Promise<Result> {
  const { session } = await showable(context, id)
  const goesOn = () => ({ message: 'Nothing was shown yet.', next: [`maestro session logs ${id} --terminal`] })
  const { bytes, exit, ...size } = await interruptible(context, goesOn, (signal) =>
    shown(context, id, session.status === 'ended', signal),
  )
  const text = await drawn(bytes, size)
  return found({ session: id, ...size, exit, text }, ({ text }) => text, exit ? [] : [`maestro session attach ${id}`])
}

async function shown(context: Context, id: SessionId, hasEnded: boolean, signal: AbortSignal): Promise<Shown> {
  const client = await context.project()
  return new Promise((resolve, reject) => {
    let screen: Omit<Shown, 'exit'> | undefined
    const view = new TerminalView(client, id, {
      show: (bytes, size) => {
        screen = { bytes: bytes.slice(), ...size }
        if (!hasEnded) over(() => resolve({ ...screen!, exit: null }))
      },
      // How it ended comes right behind the last screen.
      exit: (exit) => screen && over(() => resolve({ ...screen!, exit })),
      write: () => undefined,
      resize: () => undefined,
      sealed: () => over(() => reject(unreadable(id))),
      status: (status) => {
        const error = refusalOf(status)
        if (error) over(() => reject(error))
      },
    })
    const timer = setTimeout(() => over(() => reject(notShown(id, hasEnded))), SHOWN_WITHIN_MS)
    const over = (settle: () => void) => {
      clearTimeout(timer)
      view.stop()
      settle()
    }
    signal.addEventListener('abort', () => over(() => undefined))
    view.start()
  })
}

function notShown(id: SessionId, hasEnded: boolean): MaestroError {
  const why = hasEnded ? 'Its machine has no screen of it any more' : 'Its machine shows no terminal of it'
  return new MaestroError('timed_out', `${why} (within ${SHOWN_WITHIN_MS / 1000} s)`, {
    suggestion: `maestro session logs ${id}`,
  })
}

/** The lines that a terminal has after `bytes`. */
async function drawn(bytes: Uint8Array, size: Size): Promise<string> {
  const terminal = new headless.Terminal({ ...size, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: 'off' })
  guard(terminal)
  await new Promise<void>((resolve) => terminal.write(bytes, resolve))
  const buffer = terminal.buffer.active
  let text = ''
  for (let y = 0; y < buffer.length; y++) {
    const line = buffer.getLine(y)! // within its length
    const wraps = buffer.getLine(y + 1)?.isWrapped ?? false
    text += line.translateToString(!wraps) + (wraps ? '' : '\n')
  }
  return text.trimEnd()
}
