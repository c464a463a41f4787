import { applyD1Migrations, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Projects } from '../../db/projects.ts'
import { UPGRADE_HEADER, type Upgrade } from '../../durable-objects/upgrade.ts'
import { type Actor, scopes } from '../../protocol/actor.ts'
import { PING, PONG } from '../../protocol/frames.ts'
import { longId, type ProjectId, shortId } from '../../protocol/ids.ts'
import { decodeTerminal, encodeTerminal, terminalKinds } from '../../protocol/terminal.ts'

const bytes = () => crypto.getRandomValues(new Uint8Array(10))
const person = (name: string): Actor => ({ kind: 'person', key: `key_${name}`, name, scopes })
let project: ProjectId
let began: number

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(async () => {
  began = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: began - 300_000 })
  project = longId('proj', Date.now(), bytes())
  await new Projects(env.DB).add(project, 'shop', Date.now())
  const made = { type: 'project.create', project, name: 'shop' } as const
  await env.PROJECTS.getByName(project).execute(person('owner'), made, longId('evt', Date.now(), bytes()))
})
afterEach(() => void vi.useRealTimers())

type Relay = DurableObjectStub<import('../../durable-objects/terminal.ts').TerminalObject>

/** A viewer, past the gate, as the gate would hand it on. */
async function watch(relay: Relay, actor: Actor) {
  const upgrade: Upgrade = { actor, project, session: shortId('sess', bytes()) }
  const headers = { Upgrade: 'websocket', [UPGRADE_HEADER]: JSON.stringify(upgrade) }
  const { webSocket } = await relay.fetch('http://project/terminal', { headers })
  let presence: Record<string, unknown> = {}
  let pongs = 0
  webSocket!.binaryType = 'arraybuffer'
  webSocket!.addEventListener('message', ({ data }) => {
    if (data === PONG) pongs++
    const frame = typeof data === 'string' ? undefined : decodeTerminal(new Uint8Array(data as ArrayBuffer)) // as just asked for
    if (frame?.kind === terminalKinds.presence) presence = JSON.parse(new TextDecoder().decode(frame.bytes))
  })
  webSocket!.accept()
  const ping = () => {
    const before = pongs
    webSocket!.send(PING)
    return vi.waitFor(() => expect(pongs).toBe(before + 1), 10_000)
  }
  return { presence: () => presence, take: () => webSocket!.send(encodeTerminal({ kind: terminalKinds.take })), ping }
}
/** The runtime's own clock, which says when a ping came, is not to be moved: so a test begins earlier, by this one. */
const at = async (relay: Relay, ms: number) => {
  vi.setSystemTime(began + ms)
  await runDurableObjectAlarm(relay)
}

test('control ends with whoever went away without a word, and not with one who only reads', async () => {
  const relay = env.TERMINALS.getByName(`${project}/${crypto.randomUUID()}`)
  const ana = await watch(relay, person('Ana'))
  const ben = await watch(relay, person('Ben'))
  ana.take()
  await vi.waitFor(() => expect(ben.presence()).toMatchObject({ by: 'Ana', viewers: 2 }), 10_000)
  await ben.ping()
  await at(relay, -200_000) // 100 s after both came
  expect(ben.presence()).toMatchObject({ by: 'Ana', viewers: 2 })
  await at(relay, -100_000)
  await vi.waitFor(() => expect(ben.presence()).toMatchObject({ controller: null, by: null, viewers: 1 }), 10_000)
  ben.take()
  await vi.waitFor(() => expect(ben.presence()).toMatchObject({ by: 'Ben' }), 10_000)
  await at(relay, 100_000)
  expect(ben.presence()).toMatchObject({ by: 'Ben', viewers: 1 })
})
