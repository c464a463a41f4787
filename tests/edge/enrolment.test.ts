import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../protocol/frames.ts'
import { type ProjectId, shortId } from '../../protocol/ids.ts'
import { newKey } from '../../protocol/keys.ts'
import { type Edge, startEdge } from './edge.ts'

let edge: Edge
let owner: Client
let project: ProjectId
let anybody: Client

beforeAll(async () => {
  edge = await startEdge()
  project = newId('proj')
  owner = new Client({ url: edge.url, key: edge.ownerKey, project })
  await owner.ask('project.new', { project, name: 'Garden' })
  anybody = new Client({ url: edge.url })
})
afterAll(() => edge.stop())

const invite = (name: string | null = null) => owner.askProject('spawner.invite', { name })
const join = (token: string, name = 'studio') => anybody.ask('enrolment.use', { token, name })
const machines = async () => (await owner.query('project.show', {})).spawners
const facts = { machine: 'host', version: '0.1.0', profiles: [{ name: 'claude', agent: 'claude-code' }] }
const more = { workspaces: ['scratch'], capacity: 5, labels: [] }
const past = (at: number) => ({ sql: 'UPDATE keys SET expires_at = ? WHERE kind = ?', values: [at, 'enrol'] })

describe('a one-use key of a machine', () => {
  test('says what it is for as often as one likes, and is exchanged once', async () => {
    const { key } = await invite()
    for (let i = 0; i < 2; i++)
      expect(await anybody.ask('enrolment.show', { token: key })).toMatchObject({
        ...{ project, projectName: 'Garden', invitedBy: 'person:owner', name: null },
      })
    const { spawner, key: made } = await join(key)
    expect((await machines())[spawner]).toMatchObject({ name: 'studio', connected: false, status: 'offline' })
    const me = await anybody.with({ key: made }).ask('whoami', {})
    expect(me).toMatchObject({ kind: 'spawner', spawner, project, scopes: ['read', 'spawner', 'hook:write'] })
    for (const again of [() => join(key), () => anybody.ask('enrolment.show', { token: key })])
      await expect(again()).rejects.toMatchObject({ code: 'link_used', help: { suggestion: 'maestro spawner invite' } })
  })

  test('lets one in, however many come at once', async () => {
    const { key } = await invite()
    const before = Object.keys(await machines()).length
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => join(key)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(Object.keys(await machines())).toHaveLength(before + 1)
  })

  test('names the machine where the one who invites wants that', async () => {
    const { key } = await invite('build-1')
    const { spawner } = await join(key, 'whatever')
    expect((await machines())[spawner]?.name).toBe('build-1')
  })

  test('is kept as its hash alone, and lasts a quarter of an hour', async () => {
    const { key, expiresAt } = await invite()
    const [rows] = await edge.sql([{ sql: 'SELECT * FROM keys', values: [] }])
    expect(JSON.stringify(rows)).not.toContain(key)
    expect(expiresAt - Date.now()).toBeGreaterThan(14 * 60_000)
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(15 * 60_000)
  })

  test('is good for nothing when it is too old, was revoked, or is none', async () => {
    const old = await invite()
    await edge.sql([past(Date.now() - 1)])
    const ended = await invite()
    await owner.ask('key.revoke', { key: ended.id })
    const elsewhere = newKey('enrol', crypto.getRandomValues(new Uint8Array(64)))
    for (const token of [old.key, ended.key, elsewhere, edge.spawnerKey, 'nonsense'])
      await expect(join(token)).rejects.toMatchObject({ code: 'link_used' })
  })

  test('is no key to ask anything else with', async () => {
    const { key } = await invite()
    await expect(anybody.with({ key }).ask('whoami', {})).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(anybody.ask('sign-in', { token: key })).rejects.toMatchObject({ code: 'link_used' })
    const { token } = await owner.ask('link.create', {})
    await expect(join(token)).rejects.toMatchObject({ code: 'link_used' })
  })
})

describe('a machine that has joined', () => {
  async function joined(name = 'studio') {
    const { spawner, key } = await join((await invite()).key, name)
    const machine = owner.with({ key })
    await machine.execute('spawner.online', { spawner, name, ...facts, ...more })
    return { spawner, machine }
  }

  test('sees its own project and no other', async () => {
    const other = newId('proj')
    await owner.ask('project.new', { project: other, name: 'Elsewhere' })
    const { machine } = await joined()
    expect((await machine.ask('project.list', {})).items.map(({ id }) => id)).toEqual([project])
    await expect(machine.with({ project: other }).query('project.show', {})).rejects.toMatchObject({
      code: 'project_not_found',
    })
  })

  test('may neither invite, nor rename, drain or revoke', async () => {
    const { machine, spawner } = await joined()
    const asks = [
      () => machine.askProject('spawner.invite', {}),
      () => machine.execute('spawner.rename', { spawner, name: 'x' }),
      () => machine.execute('spawner.drain', { spawner }),
      () => machine.execute('spawner.revoke', { spawner }),
    ]
    for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('is out within five seconds when it is revoked, its connection, its key and its sessions with it', async () => {
    const { machine, spawner } = await joined('soon gone')
    const session = newId('sess')
    await owner.execute('session.spawn', { session, spawner })
    await machine.execute('session.claim', { session, spawner })
    await machine.execute('session.report', { session, status: 'running' })
    const { session: own } = await machine.askProject('session.keys', { session })
    const { ticket } = await machine.askProject('ticket', {})
    const socket = new WebSocket(owner.socketUrl('/live'), [SUBPROTOCOL, TICKET_PREFIX + ticket])
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))

    const began = Date.now()
    const { entries } = await owner.execute('spawner.revoke', { spawner })
    // Node says `close` only when the line itself is down; the goodbye of the server has come when it is not open any more.
    await vi.waitUntil(() => socket.readyState !== WebSocket.OPEN, 5_000)
    expect(Date.now() - began).toBeLessThan(5_000)
    expect(entries.map(({ type }) => type)).toEqual(['spawner:offline', 'spawner:updated', 'session:ended'])
    expect(await owner.query('session.show', { session })).toMatchObject({
      ...{ outcome: 'lost', reason: 'its machine soon gone was revoked by person:owner' },
    })
    for (const key of [machine.options.key, own]) {
      const gone = owner.with({ key: key! })
      await expect(gone.query('project.show', {})).rejects.toMatchObject({ code: 'unauthenticated' })
    }
    expect((await owner.execute('spawner.revoke', { spawner })).entries).toEqual([])
  })

  test('that works for other projects too is not ended by who may see one only', async () => {
    const { key } = await owner.ask('key.create', { kind: 'spawner', name: 'everywhere' })
    const wide = owner.with({ key })
    const { spawner } = await wide.ask('whoami', {})
    await wide.execute('spawner.online', { spawner: spawner!, name: 'wide', ...facts, ...more })
    const narrow = await owner.ask('key.create', { name: 'of one project', project })
    await expect(
      owner.with({ key: narrow.key }).execute('spawner.revoke', { spawner: spawner! }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    await owner.execute('spawner.revoke', { spawner: spawner! })
    await expect(wide.ask('whoami', {})).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

test('the machine that the server runs on is not revoked', async () => {
  const here = owner.with({ key: edge.spawnerKey })
  const { spawner } = await here.ask('whoami', {})
  await here.execute('spawner.online', { spawner: spawner!, name: 'here', ...facts, ...more })
  await expect(owner.execute('spawner.revoke', { spawner: spawner! })).rejects.toMatchObject({ code: 'conflict' })
  const nobody = shortId('spn', new Uint8Array(8))
  await expect(owner.execute('spawner.revoke', { spawner: nobody })).rejects.toMatchObject({
    code: 'spawner_not_found',
  })
})
