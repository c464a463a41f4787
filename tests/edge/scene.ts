import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { Socket } from '../../client/socket.ts'
import type { SessionId, SpawnerId, TaskId } from '../../protocol/ids.ts'
import { decodeTerminal, encodeTerminal, type TerminalFrame } from '../../protocol/terminal.ts'
import type { Edge } from './edge.ts'

/** A project with a machine that is online (its daemon is the test itself), and a session that runs on it. */
export async function makeScene(edge: Edge) {
  const client = new Client({ url: edge.url, key: edge.ownerKey })
  const project = newId('proj')
  await client.ask('project.new', { project, name: 'shop' })
  const owner = client.with({ project })
  const spawner = owner.with({ key: edge.spawnerKey })
  const me = (await spawner.ask('whoami', {})).spawner as SpawnerId // a spawner's key has one
  const inventory = {
    name: 'studio',
    machine: 'studio',
    version: '0',
    capacity: 100,
    workspaces: ['scratch'],
    typing: true,
  }
  const profiles = [{ name: 'demo', agent: 'demo' }]
  // Without a connection of its own a machine is taken for away after a while: it says again that it is here.
  const online = () => spawner.execute('spawner.online', { spawner: me, ...inventory, profiles })
  await online()

  /** Spawns a session, on a task of its own, and reports it as running. */
  async function run(role: 'worker' | 'orchestrator' = 'worker') {
    const [task, session] = [newId('task'), newId('sess')]
    await owner.execute('task.create', { task, title: `Task of ${session}` })
    return { task, ...(await start(session, [task], role)) }
  }

  /** A session that runs and has nothing to do yet. */
  const idle = () => start(newId('sess'), [], 'worker')

  async function start(session: SessionId, tasks: TaskId[], role: 'worker' | 'orchestrator') {
    await online()
    await owner.execute('session.spawn', { session, tasks, profile: 'demo', role })
    await spawner.execute('session.claim', { session, spawner: me })
    const keys = await spawner.askProject('session.keys', { session })
    await spawner.execute('session.report', { session, status: 'running' })
    return { session, agent: owner.with({ key: keys.session }), hook: owner.with({ key: keys.hook }) }
  }
  return { owner, spawner, me, project, run, idle }
}

/** One end of a terminal's relay, as a list of frames and a wait for one. */
export function joinTerminal(client: Client, session: SessionId) {
  const frames: TerminalFrame[] = []
  const waits: (() => void)[] = []
  const message = (data: string | Uint8Array) => {
    const frame = typeof data === 'string' ? undefined : decodeTerminal(data)
    if (frame) frames.push(frame)
    for (const look of [...waits]) look()
  }
  const socket = new Socket(client, () => `/sessions/${session}/terminal`, session, { message })
  socket.start()
  const until = (wanted: (frame: TerminalFrame) => boolean) =>
    new Promise<TerminalFrame>((resolve) => {
      const look = () => {
        const found = frames.find(wanted)
        if (found) resolve(found)
      }
      waits.push(look)
      look()
    })
  return {
    frames,
    socket,
    until,
    send: (frame: Parameters<typeof encodeTerminal>[0]) => socket.send(encodeTerminal(frame)),
  }
}
