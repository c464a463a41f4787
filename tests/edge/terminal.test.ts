import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Live } from '../../client/live.ts'
import { plainKeeper, Replica } from '../../client/replica.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { type TerminalFrame, type TerminalKind, terminalKinds } from '../../protocol/terminal.ts'
import { scene } from './parts/one-scene.ts'
import { joinTerminal } from './scene.ts'

const watched: SessionId[][] = []
let daemon: Live
beforeAll(async () => {
  daemon = new Live(scene.spawner, new Replica(plainKeeper()), { watched: (sessions) => watched.push(sessions) })
  daemon.start()
  await vi.waitFor(() => expect(watched).toHaveLength(1))
})
afterAll(() => daemon.stop())

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (frame: TerminalFrame) => new TextDecoder().decode(frame.bytes)
const presence = (wanted: object) => (frame: TerminalFrame) =>
  frame.kind === terminalKinds.presence &&
  Object.entries(wanted).every(([name, value]) => JSON.parse(text(frame))[name] === value)

test('bytes flow only while somebody watches, and a late viewer gets the present screen first', async () => {
  const { session } = await scene.run()
  const first = joinTerminal(scene.owner, session)
  await expect.poll(() => watched.at(-1)).toContain(session)

  const source = joinTerminal(scene.spawner, session)
  const { viewer } = await source.until(({ kind }) => kind === terminalKinds.join)
  source.send({ kind: terminalKinds.snapshot, viewer, offset: 5, cols: 80, rows: 24, bytes: bytes('hello') })
  source.send({ kind: terminalKinds.output, offset: 5, bytes: bytes(' world') })
  expect(await first.until(({ kind }) => kind === terminalKinds.snapshot)).toMatchObject({
    offset: 5,
    cols: 80,
    rows: 24,
  })
  expect(text(await first.until(({ kind }) => kind === terminalKinds.output))).toBe(' world')

  const late = joinTerminal(scene.owner, session)
  const joined = await source.until((frame) => frame.kind === terminalKinds.join && frame.viewer !== viewer)
  source.send({ kind: terminalKinds.snapshot, viewer: joined.viewer, offset: 11, bytes: bytes('hello world') })
  expect(text(await late.until(({ kind }) => kind === terminalKinds.snapshot))).toBe('hello world')
  expect(first.frames.filter(({ kind }) => kind === terminalKinds.snapshot)).toHaveLength(1)

  first.socket.stop()
  late.socket.stop()
  await expect.poll(() => watched.at(-1)).not.toContain(session)
  source.socket.stop()
})

test('one viewer types at a time, the others only watch', async () => {
  const { session } = await scene.run()
  const [one, two] = [joinTerminal(scene.owner, session), joinTerminal(scene.owner, session)]
  await one.until(presence({ viewers: 2 }))
  const source = joinTerminal(scene.spawner, session)
  await one.until(presence({ viewers: 2, source: true }))
  await two.until(presence({ viewers: 2, source: true }))

  two.send({ kind: terminalKinds.input, bytes: bytes('not in control') })
  one.send({ kind: terminalKinds.take })
  const { you } = JSON.parse(
    text(
      await one.until((frame) => frame.kind === terminalKinds.presence && JSON.parse(text(frame)).controller !== null),
    ),
  )
  await two.until(presence({ controller: you }))
  one.send({ kind: terminalKinds.input, bytes: bytes('y') })
  await source.until(({ kind }) => kind === terminalKinds.input)
  two.send({ kind: terminalKinds.take })
  await one.until((frame) => presence({ you })(frame) && ![null, you].includes(JSON.parse(text(frame)).controller))
  one.send({ kind: terminalKinds.input, bytes: bytes('no longer') })
  two.send({ kind: terminalKinds.input, bytes: bytes('z') })
  await source.until((frame) => frame.kind === terminalKinds.input && text(frame) === 'z')
  expect(source.frames.filter(({ kind }) => kind === terminalKinds.input).map(text)).toEqual(['y', 'z'])
  for (const end of [one, two, source]) end.socket.stop()
})

test("an agent's key opens no terminal, and another machine's is no source", async () => {
  const { session, agent } = await scene.run()
  const other = await scene.owner.ask('key.create', { kind: 'spawner', name: 'another machine' })
  for (const client of [agent, scene.owner.with({ key: other.key })]) {
    await expect(client.askProject('ticket', { session })).rejects.toMatchObject({ code: 'forbidden' })
  }
})

test('a viewer whose key may not type can take no control', async () => {
  const { session } = await scene.run()
  const { key } = await scene.owner.ask('key.create', {
    kind: 'person',
    name: 'guest',
    scopes: ['read', 'terminal:read'],
  })
  const guest = joinTerminal(scene.owner.with({ key }), session)
  await guest.until(presence({ viewers: 1 }))
  const source = joinTerminal(scene.spawner, session)
  await guest.until(presence({ source: true }))
  guest.send({ kind: terminalKinds.take })
  guest.send({ kind: terminalKinds.input, bytes: bytes('rm') })
  const owner = joinTerminal(scene.owner, session)
  await owner.until(presence({ viewers: 2, source: true }))
  owner.send({ kind: terminalKinds.take })
  await owner.until((frame) => frame.kind === terminalKinds.presence && JSON.parse(text(frame)).controller !== null)
  owner.send({ kind: terminalKinds.input, bytes: bytes('ls') })
  await source.until(({ kind }) => kind === terminalKinds.input)
  expect(source.frames.filter(({ kind }) => kind === terminalKinds.input).map(text)).toEqual(['ls'])
  for (const end of [guest, owner, source]) end.socket.stop()
})

test('who types is told to all by the name of the key, also to the one it was taken from', async () => {
  const { session } = await scene.run()
  const { key } = await scene.owner.ask('key.create', { kind: 'person', name: 'Ana' })
  const [ana, owner] = [joinTerminal(scene.owner.with({ key }), session), joinTerminal(scene.owner, session)]
  const other = joinTerminal(scene.owner, session)
  await owner.until(presence({ viewers: 3, controller: null, by: null }))
  ana.send({ kind: terminalKinds.take })
  await ana.until(presence({ by: 'Ana', own: true }))
  await owner.until(presence({ by: 'Ana', own: false }))
  owner.send({ kind: terminalKinds.take })
  await ana.until(presence({ by: 'owner', own: false }))
  await other.until(presence({ by: 'owner', own: true }))
  owner.socket.stop()
  await ana.until((frame) => presence({ viewers: 2, controller: null, by: null })(frame))
  for (const end of [ana, other]) end.socket.stop()
})

test('what is sealed goes through byte for byte, by the same rules as what is not', async () => {
  const { session } = await scene.run()
  const { key } = await scene.owner.ask('key.create', {
    ...{ kind: 'person', name: 'looks on', scopes: ['read', 'terminal:read'] },
  })
  const [one, two] = [joinTerminal(scene.owner, session), joinTerminal(scene.owner, session)]
  const guest = joinTerminal(scene.owner.with({ key }), session)
  await one.until(presence({ viewers: 3 }))
  const source = joinTerminal(scene.spawner, session)
  const { you } = JSON.parse(text(await one.until(presence({ viewers: 3, source: true }))))
  await source.until(({ kind }) => kind === terminalKinds.join)
  const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))
  const sealed = (kind: TerminalKind, more: Partial<TerminalFrame> = {}) => ({
    ...{ kind, sealed: true, viewer: 0, offset: 2 ** 40 + 7, cols: 91, rows: 17, bytes: random(5_000), ...more },
  })
  const is = (kind: TerminalKind) => (frame: TerminalFrame) => frame.sealed && frame.kind === kind

  const screen = sealed(terminalKinds.snapshot, { viewer: you })
  const printed = sealed(terminalKinds.output)
  source.send(screen)
  source.send(printed)
  expect(await one.until(is(terminalKinds.snapshot))).toEqual(screen)
  for (const viewer of [one, two, guest]) expect(await viewer.until(is(terminalKinds.output))).toEqual(printed)
  expect([...two.frames, ...guest.frames].filter(is(terminalKinds.snapshot))).toEqual([])

  one.send({ kind: terminalKinds.take })
  await one.until(presence({ controller: you }))
  guest.send({ kind: terminalKinds.take })
  guest.send(sealed(terminalKinds.input))
  two.send(sealed(terminalKinds.input))
  const typed = sealed(terminalKinds.input)
  one.send(typed)
  await source.until(is(terminalKinds.input))
  two.send({ kind: terminalKinds.take })
  await one.until((frame) => presence({ you })(frame) && ![null, you].includes(JSON.parse(text(frame)).controller))
  one.send(sealed(terminalKinds.input))
  const after = sealed(terminalKinds.input)
  two.send(after)
  await expect.poll(() => source.frames.filter(is(terminalKinds.input))).toEqual([typed, after])
  for (const end of [one, two, guest, source]) end.socket.stop()
})
