import { Client } from '../../../client/client.ts'
import { newId } from '../../../client/ids.ts'
import { Live } from '../../../client/live.ts'
import { plainKeeper, Replica } from '../../../client/replica.ts'
import { Socket } from '../../../client/socket.ts'
import type { HookKind } from '../../../protocol/hook-event.ts'
import type { SessionId, TaskId } from '../../../protocol/ids.ts'
import type { Input } from '../../../protocol/project.ts'
import { decodeTerminal, encodeTerminal, terminalKinds } from '../../../protocol/terminal.ts'
import type { HookUsage } from '../../../protocol/usage.ts'
import type { Edge } from '../../edge/edge.ts'

export type Stage = Awaited<ReturnType<typeof setStage>>

type Heard = { kind: HookKind; summary: string; tool?: string; name?: string } & Partial<{
  toolUse: string
  ms: number
  needs: { kind: 'permission' | 'question' | 'idle'; message: string }
  usage: HookUsage
  payload: unknown
}>

/** A project on a real server, with a machine that does only what a test says: for showing each state there is. */
export async function setStage(edge: Edge, name: string) {
  const anyone = new Client({ url: edge.url, key: edge.ownerKey })
  const { project } = await anyone.ask('project.new', { project: newId('proj'), name })
  const owner = anyone.with({ project })
  const machine = owner.with({ key: edge.spawnerKey })
  const spawner = (await machine.ask('whoami', {})).spawner!

  const online = (given: Partial<Input<'spawner.online'>> = {}) =>
    machine.execute('spawner.online', {
      ...{ spawner, name: 'studio', machine: 'studio.local', version: '0.1.0', capacity: 40, typing: true },
      profiles: [
        { name: 'claude', agent: 'claude-code' },
        { name: 'demo', agent: 'demo' },
      ],
      workspaces: ['shop-api', 'scratch'],
      ...given,
    })
  const hear = (session: SessionId, ...events: Heard[]) =>
    machine.report(
      events.map((event) => ({
        ...{ id: newId('evt'), at: Date.now(), session, agent: 'claude-code', name: event.name ?? 'PostToolUse' },
        ...{ payload: event.payload ?? { tool_name: event.tool, tool_input: {} } },
        ...event,
      })),
    )
  return {
    ...{ project, owner, machine, spawner, online, hear },
    offline: () => machine.execute('spawner.offline', { spawner }),
    async task(title: string, more: Partial<Input<'task.create'>> & { steps?: string[] } = {}): Promise<TaskId> {
      const task = newId('task')
      const { steps = [], ...rest } = more
      const subtasks = steps.map((step) => ({ subtask: newId('sub'), title: step }))
      await owner.execute('task.create', { task, title, subtasks, ...rest })
      return task
    },
    async asked(tasks: TaskId[], more: Partial<Input<'session.spawn'>> = {}): Promise<SessionId> {
      const session = newId('sess')
      await owner.execute('session.spawn', { session, tasks, profile: 'claude', workspace: 'shop-api', ...more })
      return session
    },
    async running(tasks: TaskId[], more: Partial<Input<'session.spawn'>> = {}): Promise<SessionId> {
      const session = await this.asked(tasks, more)
      await machine.execute('session.claim', { session, spawner })
      await machine.execute('session.report', { session, status: 'running' })
      return session
    },
    tool: (session: SessionId, tool: string, target: string, ms = 5) =>
      hear(session, { kind: 'tool_use', tool, summary: `${tool} ${target}`, ms }),
    end: (session: SessionId, outcome: Input<'session.end'>['outcome'], more: Partial<Input<'session.end'>> = {}) =>
      machine.execute('session.end', { session, outcome, exitCode: outcome === 'completed' ? 0 : 1, ...more }),
  }
}

export type Source = {
  print: (text: string) => void
  /** Sends it as if it were ciphertext. */
  printSealed: (text: string) => void
  /** Has everybody who watches come anew, to this screen. */
  again: (screen: string) => void
  typed: () => string
  exit: (code: number) => void
  stop: () => void
}

/** Holds a session's terminal as a daemon would: answers each viewer with the screen, and keeps what was typed. */
export function holdTerminal(stage: Stage, session: SessionId, screen: string, cols = 100, rows = 30): Source {
  const encoder = new TextEncoder()
  let printed = encoder.encode(screen)
  let typed = ''
  const heard = (data: string | Uint8Array) => {
    const frame = typeof data === 'string' ? undefined : decodeTerminal(data)
    if (frame?.kind === terminalKinds.input) typed += new TextDecoder().decode(frame.bytes)
    if (frame?.kind !== terminalKinds.join) return
    const shown = { viewer: frame.viewer, offset: printed.length, cols, rows, bytes: printed }
    socket?.send(encodeTerminal({ kind: terminalKinds.snapshot, ...shown }))
  }
  const connect = () => {
    const made = new Socket(stage.machine, () => `/sessions/${session}/terminal`, session, { message: heard })
    made.start()
    return made
  }
  let socket: Socket | undefined
  // As the daemon does: there is a source for as long as the project says that somebody watches.
  const live = new Live(stage.machine, new Replica(plainKeeper()), {
    watched(sessions) {
      const wanted = sessions.includes(session)
      if (wanted && socket) socket.hurry()
      else if (wanted) socket = connect()
      else {
        socket?.stop()
        socket = undefined
      }
    },
  })
  live.start()
  return {
    typed: () => typed,
    print(more) {
      const bytes = encoder.encode(more)
      socket?.send(encodeTerminal({ kind: terminalKinds.output, offset: printed.length, cols, rows, bytes }))
      printed = Uint8Array.from([...printed, ...bytes])
    },
    printSealed: (text) =>
      void socket?.send(
        encodeTerminal({ kind: terminalKinds.output, sealed: true, cols, rows, bytes: encoder.encode(text) }),
      ),
    again(screen) {
      printed = encoder.encode(screen)
      const missed = { offset: 2 ** 40, cols, rows, bytes: encoder.encode('?') }
      socket?.send(encodeTerminal({ kind: terminalKinds.output, ...missed }))
    },
    exit: (code) =>
      void socket?.send(
        encodeTerminal({ kind: terminalKinds.exit, bytes: encoder.encode(JSON.stringify({ code, signal: null })) }),
      ),
    stop() {
      live.stop()
      socket?.stop()
    },
  }
}
