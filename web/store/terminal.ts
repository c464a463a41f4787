import { createSignal } from 'solid-js'
import type { Client } from '../../client/client.ts'
import type { SocketStatus } from '../../client/socket.ts'
import { type Exit, type Presence, type Size, type TerminalListener, TerminalView } from '../../client/terminal-view.ts'
import type { SessionId } from '../../protocol/ids.ts'

export type Screen = Pick<TerminalListener, 'show' | 'write' | 'resize'>

/** One session's terminal, watched. Bytes go to the screen that it is started with; everything else is told by signals. */
export function createTerminal(client: Client, session: SessionId) {
  const [status, setStatus] = createSignal<SocketStatus>({ state: 'connecting' })
  const [presence, setPresence] = createSignal<Presence>()
  const [exit, setExit] = createSignal<Exit>()
  const [sealed, setSealed] = createSignal(false)
  /** Somebody took over from here, and goes on typing. */
  const [lost, setLost] = createSignal(false)
  const [size, setSize] = createSignal<Size>()
  let screen: Screen | undefined

  const view = new TerminalView(client, session, {
    show: (bytes, size) => {
      setSealed(false)
      setSize(size)
      screen?.show(bytes, size)
    },
    write: (bytes) => screen?.write(bytes),
    resize: (size) => {
      setSize(size)
      screen?.resize(size)
    },
    status: setStatus,
    presence: (now) => {
      if (now.controller !== presence()?.controller) setLost(false)
      setPresence(now)
    },
    takenOver: () => setLost(true),
    exit: setExit,
    sealed: () => setSealed(true),
  })

  return {
    status,
    presence,
    exit,
    size,
    sealed,
    lost,
    inControl: () => presence() !== undefined && view.inControl,
    start: (on: Screen) => {
      screen = on
      view.start()
    },
    stop: () => view.stop(),
    take: () => view.take(),
    release: () => view.release(),
    fit: (wanted: Size) => view.fit(wanted),
    type: (bytes: Uint8Array) => view.type(bytes),
  }
}
export type TerminalStore = ReturnType<typeof createTerminal>
