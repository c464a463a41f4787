import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { Spec } from '../../protocol/declare.ts'
import { directory, projectRoutes } from '../../protocol/directory.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../protocol/frames.ts'
import type { ProjectId } from '../../protocol/ids.ts'
import { newKey } from '../../protocol/keys.ts'
import { commands, internalCommands } from '../../protocol/project.ts'
import { queries } from '../../protocol/queries.ts'
import { type Edge, startEdge } from './edge.ts'

let edge: Edge
let owner: Client
let project: ProjectId
let elsewhere: string
let narrow: string
const upgrades = ['live', 'terminal']

beforeAll(async () => {
  edge = await startEdge()
  const client = new Client({ url: edge.url, key: edge.ownerKey })
  project = newId('proj')
  const other = newId('proj')
  await client.ask('project.new', { project, name: 'shop' })
  await client.ask('project.new', { project: other, name: 'elsewhere' })
  owner = client.with({ project })
  elsewhere = (await client.ask('key.create', { kind: 'person', name: 'of another project', project: other })).key
  narrow = (await client.ask('key.create', { kind: 'hook', name: 'hooks only', project })).key
})
afterAll(() => edge.stop())

const routes: { name: string; spec: Spec; path: string }[] = []
for (const [name, spec] of Object.entries<Spec>(directory)) routes.push({ name, spec, path: `/api${spec.path}` })
for (const [name, spec] of Object.entries<Spec>({ ...projectRoutes, ...queries, ...commands })) {
  if (internalCommands.has(name)) continue
  routes.push({ name, spec, path: `/api/projects/:project${spec.path}` })
  if (spec.path && !upgrades.includes(name)) routes.push({ name: `${name}, short`, spec, path: `/api${spec.path}` })
}
const closed = routes.filter(({ spec }) => spec.scope !== 'public')

/** Fills a path with ids that exist nowhere. */
const ids: Record<string, () => string> = {
  task: () => newId('task'),
  subtask: () => newId('sub'),
  session: () => newId('sess'),
  spawner: () => newId('spn'),
  key: () => 'key_0',
}
const fill = (path: string, named: string) =>
  path.replace(/:(\w+)/g, (_, field: string) => (field === 'project' ? named : ids[field]!()))

async function ask(spec: Spec, path: string, headers: Record<string, string>): Promise<Response> {
  const writes = spec.method !== 'GET'
  return fetch(edge.url + path, {
    method: spec.method,
    headers: { ...headers, ...(writes && { 'Content-Type': 'application/json' }) },
    ...(writes && { body: '{}' }),
  })
}

async function nothingChanges(step: () => Promise<void>): Promise<void> {
  const before = await owner.query('project.show', {})
  await step()
  expect(await owner.query('project.show', {})).toEqual(before)
}

describe('the gate keeps out', () => {
  test.each(closed)('$name without a key, or with one that is none', async ({ spec, path }) => {
    await nothingChanges(async () => {
      const lookAlike = newKey('person', crypto.getRandomValues(new Uint8Array(128)))
      for (const key of [
        '',
        'Bearer nonsense',
        `Bearer ${lookAlike}`,
        `Bearer ${edge.ownerKey.slice(0, -1)}${edge.ownerKey.endsWith('x') ? 'y' : 'x'}`,
        edge.ownerKey,
      ]) {
        const response = await ask(spec, fill(path, project), key ? { Authorization: key } : {})
        expect(response.status).toBe(401)
        expect(await response.json()).toMatchObject({ success: false, error: 'unauthenticated', retryable: false })
      }
    })
  })

  test.each(routes.filter(({ path }) => path.includes(':project')))(
    '$name with the key of another project, as if there were none',
    async ({ name, spec, path }) => {
      if (upgrades.includes(name)) return // those want a ticket, below
      await nothingChanges(async () => {
        const response = await ask(spec, fill(path, project), { Authorization: `Bearer ${elsewhere}` })
        const allowed = spec.scope !== 'spawner'
        expect([response.status, ((await response.json()) as { error: string }).error]).toEqual(
          allowed ? [404, 'project_not_found'] : [403, 'forbidden'],
        )
      })
    },
  )

  test.each(closed.filter(({ spec, name }) => spec.scope !== 'hook:write' && !upgrades.includes(name)))(
    '$name with a key that lacks its scope',
    async ({ spec, path }) => {
      await nothingChanges(async () => {
        const response = await ask(spec, fill(path, project), { Authorization: `Bearer ${narrow}` })
        expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([403, 'forbidden'])
      })
    },
  )

  test('a route that no table names', async () => {
    const headers = { Authorization: `Bearer ${edge.ownerKey}` }
    for (const path of ['/api/nothing', `/api/projects/${project}/create`, '/api/projects/x/y/z']) {
      expect((await fetch(edge.url + path, { method: 'PUT', headers })).status).toBe(404)
    }
  })

  test('a key that was revoked, and closes its connections', async () => {
    const made = await owner.ask('key.create', { kind: 'person', name: 'soon gone', project })
    const mine = owner.with({ key: made.key })
    const { ticket } = await mine.askProject('ticket', {})
    const socket = new WebSocket(owner.socketUrl('/live'), [SUBPROTOCOL, TICKET_PREFIX + ticket])
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
    const end = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
    expect(await owner.ask('key.revoke', { key: made.id })).toEqual({ closed: 1 })
    expect(await end).toBe(4401)
    await expect(mine.query('project.show', {})).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

/** Node's own fetch sets Host and Origin itself; a plain socket says what it likes, as an attacker's would. */
function raw(lines: string[]): Promise<string> {
  const { port } = new URL(edge.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
      if (answer.includes('\r\n\r\n')) socket.end()
    })
    socket.on('close', () => resolve(answer.split('\r\n')[0]!))
    socket.on('error', reject)
  })
}

describe('on localhost', () => {
  const host = () => new URL(edge.url).host
  const port = () => new URL(edge.url).port

  test('no other name is answered to, so that no page can rebind its own', async () => {
    for (const name of [
      'evil.example',
      `evil.example:${port()}`,
      '127.evil.com',
      `localhost.evil:${port()}`,
      `127.0.0.1:1`,
      '127.0.0.1',
    ]) {
      for (const path of ['/', '/health', '/api/whoami']) {
        expect(
          await raw([
            `GET ${path} HTTP/1.1`,
            `Host: ${name}`,
            `Authorization: Bearer ${edge.ownerKey}`,
            'Connection: close',
          ]),
        ).toContain('403')
      }
    }
    expect(await raw(['GET /health HTTP/1.1', `Host: ${host()}`, 'Connection: close'])).toContain('200')
    expect(await raw(['GET /health HTTP/1.1', `Host: localhost:${port()}`, 'Connection: close'])).toContain('200')
  })

  test('no page of another origin writes or connects, whatever it knows', async () => {
    const { ticket } = await owner.askProject('ticket', {})
    for (const origin of [
      'https://evil.example',
      'null',
      `http://localhost.evil:${port()}`,
      'http://localhost:1',
      `http://x@${host()}`,
      `http://${host()}.`,
    ]) {
      const write = [
        'POST /api/projects HTTP/1.1',
        `Host: ${host()}`,
        `Origin: ${origin}`,
        `Authorization: Bearer ${edge.ownerKey}`,
        'Content-Type: application/json',
      ]
      expect(await raw([...write, 'Content-Length: 2', 'Connection: close', '', '{}'])).toContain('403')
      const upgrade = [
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ]
      const offer = `Sec-WebSocket-Protocol: ${SUBPROTOCOL}, ${TICKET_PREFIX}${ticket}`
      expect(
        await raw([
          `GET /api/projects/${project}/live HTTP/1.1`,
          `Host: ${host()}`,
          `Origin: ${origin}`,
          ...upgrade,
          offer,
        ]),
      ).toContain('403')
    }
  })

  test('a form or a plain text body is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { Authorization: `Bearer ${edge.ownerKey}`, 'Content-Type': type }
      expect((await fetch(`${edge.url}/api/projects`, { method: 'POST', headers, body: '{}' })).status).toBe(415)
    }
  })

  test('a body that is too long is cut off while it streams', async () => {
    let sent = 0
    const chunk = new Uint8Array(64_000).fill(32)
    const body = new ReadableStream({
      pull(controller) {
        sent += chunk.length
        if (sent > 50_000_000) controller.close()
        else controller.enqueue(chunk)
      },
    })
    const headers = { Authorization: `Bearer ${edge.ownerKey}`, 'Content-Type': 'application/json' }
    const response = await fetch(`${edge.url}/api/projects`, {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    } as RequestInit).catch(() => undefined)
    if (response) expect(response.status).toBe(413)
    expect(sent).toBeLessThan(20_000_000)
  })
})

describe('a ticket', () => {
  const open = (path: string, ticket: string) =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(owner.socketUrl(path), [SUBPROTOCOL, TICKET_PREFIX + ticket])
      socket.addEventListener('open', () => {
        socket.close()
        resolve(true)
      })
      socket.addEventListener('error', () => resolve(false))
    })

  test('is good for one upgrade', async () => {
    const { ticket } = await owner.askProject('ticket', {})
    expect(await open('/live', ticket)).toBe(true)
    expect(await open('/live', ticket)).toBe(false)
  })

  test('is good for what it was made for, and only as it was made', async () => {
    const { ticket } = await owner.askProject('ticket', {})
    expect(await open(`/sessions/${newId('sess')}/terminal`, ticket)).toBe(false)
    const [body, signature] = ticket.split('.') as [string, string]
    const forged = btoa(
      atob(body.replaceAll('-', '+').replaceAll('_', '/')).replace('"read"', '"spawner","read"'),
    ).replaceAll('=', '')
    expect(await open('/live', `${forged}.${signature}`)).toBe(false)
    expect(await open('/live', 'nonsense')).toBe(false)
    expect(await open('/live', ticket)).toBe(true)
  })
})

describe('a sign-in link', () => {
  test('signs in once, with a key that may do what a person may', async () => {
    const { token } = await owner.ask('link.create', {})
    const anybody = new Client({ url: edge.url })
    const { key } = await anybody.ask('sign-in', { token })
    expect(await anybody.with({ key }).ask('whoami', {})).toMatchObject({ kind: 'person', mode: 'embedded' })
    await expect(anybody.ask('sign-in', { token })).rejects.toMatchObject({ code: 'link_used' })
    await expect(anybody.with({ key: token }).ask('whoami', {})).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

test('an answer to a fault says nothing of the inside', async () => {
  const response = await fetch(`${edge.url}/api/tasks`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${edge.ownerKey}`, 'Content-Type': 'application/json' },
    body: '{"title":',
  })
  const text = await response.text()
  expect(response.status).toBe(400)
  expect(text).not.toMatch(/\bat \w|\.ts\b|sqlite|mst_/i)
  expect(JSON.parse(text)).toMatchObject({ success: false, requestId: response.headers.get('X-Request-Id') })
})
