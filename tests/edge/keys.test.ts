import { describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../protocol/frames.ts'
import { edge, scene } from './parts/one-scene.ts'

/** A key made by the owner, and who has it. */
async function holder(fields: { project?: typeof scene.project; scopes?: ('read' | 'key:manage')[] }) {
  const made = await scene.owner.ask('key.create', { kind: 'person', name: 'holder', ...fields })
  return { id: made.id, client: scene.owner.with({ key: made.key }) }
}

describe('a key that is good for one project', () => {
  test('makes, sees and ends keys of that project only', async () => {
    const { project, owner } = scene
    const { client: mine } = await holder({ project })
    const other = newId('proj')
    await expect(mine.ask('key.create', { name: 'wider', project: other })).rejects.toMatchObject({ code: 'forbidden' })
    expect(await mine.ask('key.create', { name: 'same' })).toMatchObject({ project })
    const { items } = await mine.ask('key.list', {})
    expect(new Set(items.map((key) => key.project))).toEqual(new Set([project]))
    const { key } = await owner.ask('whoami', {})
    await expect(mine.ask('key.revoke', { key })).rejects.toMatchObject({ code: 'key_not_found' })
  })

  test('makes links that sign in to that project only', async () => {
    const { client: mine } = await holder({ project: scene.project })
    const { token } = await mine.ask('link.create', {})
    const anybody = new Client({ url: edge.url })
    const { key } = await anybody.ask('sign-in', { token })
    expect(await anybody.with({ key }).ask('whoami', {})).toMatchObject({ kind: 'person', project: scene.project })
  })
})

test('a key hands on no scope that it lacks, by another key or by a link', async () => {
  const { client: narrow } = await holder({ scopes: ['read', 'key:manage'] })
  await expect(narrow.ask('key.create', { name: 'wider', scopes: ['task:write'] })).rejects.toMatchObject({
    code: 'invalid_input',
  })
  expect((await narrow.ask('key.create', { name: 'same' })).scopes).toEqual(['read', 'key:manage'])
  const { token } = await narrow.ask('link.create', {})
  const { key } = await new Client({ url: edge.url }).ask('sign-in', { token })
  expect((await narrow.with({ key }).ask('whoami', {})).scopes).toEqual(['read', 'key:manage'])
})

describe('a ticket', () => {
  const opens = (ticket: string) =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(scene.owner.socketUrl('/live'), [SUBPROTOCOL, TICKET_PREFIX + ticket])
      socket.addEventListener('open', () => {
        socket.close()
        resolve(true)
      })
      socket.addEventListener('error', () => resolve(false))
    })

  test('ends with the key that made it', async () => {
    const { client, id } = await holder({ project: scene.project })
    const [{ ticket: before }, { ticket: after }] = [
      await client.askProject('ticket', {}),
      await client.askProject('ticket', {}),
    ]
    expect(await opens(before)).toBe(true)
    await scene.owner.ask('key.revoke', { key: id })
    expect(await opens(after)).toBe(false)
  })

  test.each(['a', 'a.a', 'abc.a', 'abcde.abcde', '.', 'a.b.c'])('that is nonsense (%s) is refused', async (ticket) => {
    const headers = { 'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, ${TICKET_PREFIX}${ticket}` }
    expect((await fetch(`${edge.url}/api/projects/${scene.project}/live`, { headers })).status).toBe(401)
  })
})

describe('the key of an agent whose session has ended', () => {
  test('reads nothing more and opens no connection', async () => {
    const { session, task, agent } = await scene.run()
    const { ticket } = await agent.askProject('ticket', {})
    await agent.query('task.show', { task })
    await scene.spawner.execute('session.end', { session, outcome: 'completed', exitCode: 0 })
    const asks = [
      () => agent.query('project.show', {}),
      () => agent.query('task.show', { task }),
      () => agent.askProject('entry.list', {}),
      () => agent.askProject('ticket', {}),
    ]
    for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'credentials_ended' })
    const socket = new WebSocket(scene.owner.socketUrl('/live'), [SUBPROTOCOL, TICKET_PREFIX + ticket])
    const opened = new Promise<boolean>((resolve) => {
      socket.addEventListener('open', () => resolve(true))
      socket.addEventListener('error', () => resolve(false))
    })
    expect(await opened).toBe(false)
  })
})
