import { createSignal } from 'solid-js'
import type { Client } from '../../client/client.ts'
import { Socket, type SocketStatus } from '../../client/socket.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { decodeTerminal, encodeTerminal, type TerminalFrame, terminalKinds } from '../../protocol/terminal.ts'

export type Presence = { controller: number | null; you: number; viewers: number; source: boolean }
export type Exit = { code: number | null; signal: string | null }
export type Size = { cols: number; rows: number }

/** Where a terminal's bytes go. */
export type Screen = {
  /** Replaces everything by this. */
  show: (bytes: Uint8Array, size: Size) => void
  write: (bytes: Uint8Array) => void
  resize: (size: Size) => void
}

/** One session's terminal, watched. Bytes go to `screen`; everything else is told by signals. */
export function createTerminal(client: Client, session: SessionId) {
  const [status, setStatus] = createSignal<SocketStatus>({ state: 'connecting' })
  const [presence, setPresence] = createSignal<Presence>()
  const [exit, setExit] = createSignal<Exit>()
  const [size, setSize] = createSignal<Size>()
  let screen: Screen | undefined
  let have = -1 // bytes of the program's output that the screen shows; -1: no screen yet

  const socket = new Socket(client, () => `/sessions/${session}/terminal`, session, {
    message: (data) => {
      const frame = typeof data === 'string' ? undefined : decodeTerminal(data)
      if (frame) receive(frame)
    },
    status: (now) => {
      if (now.state !== 'open') have = -1
      setStatus(now)
    },
  })

  const resized = ({ cols, rows }: Size) => {
    if (!cols || !rows || (size()?.cols === cols && size()?.rows === rows)) return
    setSize({ cols, rows })
    screen?.resize({ cols, rows })
  }

  const receive = (frame: TerminalFrame) => {
    switch (frame.kind) {
      case terminalKinds.snapshot:
        have = frame.offset
        setSize({ cols: frame.cols, rows: frame.rows })
        screen?.show(frame.bytes, frame)
        return
      case terminalKinds.output: {
        if (have < 0) return // the snapshot that is on its way has it
        if (frame.offset > have) return socket.again()
        resized(frame)
        const fresh = frame.bytes.subarray(have - frame.offset)
        have += fresh.length
        if (fresh.length) screen?.write(fresh)
        return
      }
      case terminalKinds.resize:
        return resized(frame)
      case terminalKinds.exit:
        return void setExit(json<Exit>(frame))
      case terminalKinds.presence:
        return void setPresence(json<Presence>(frame))
    }
  }

  const inControl = () => presence()?.you !== undefined && presence()?.controller === presence()?.you

  return {
    status,
    presence,
    exit,
    size,
    inControl,
    start: (on: Screen) => {
      screen = on
      socket.start()
    },
    stop: () => socket.stop(),
    take: () => socket.send(encodeTerminal({ kind: terminalKinds.take })),
    release: () => socket.send(encodeTerminal({ kind: terminalKinds.yield })),
    fit: (wanted: Size) => inControl() && socket.send(encodeTerminal({ kind: terminalKinds.resize, ...wanted })),
    /** What is typed while the connection is away is refused, not queued: a prompt may have changed meanwhile. */
    type: (bytes: Uint8Array) => inControl() && socket.send(encodeTerminal({ kind: terminalKinds.input, bytes })),
  }
}
export type TerminalStore = ReturnType<typeof createTerminal>

/** The relay and the daemon write these frames as JSON of this shape (protocol/terminal.ts). */
function json<T>(frame: TerminalFrame): T {
  return JSON.parse(new TextDecoder().decode(frame.bytes)) as T
}
