import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { findHolder, type Snapshot } from '../../local-spawner/holder-client.ts'
import { exitOf, reading, said, shell } from './parts/sessions.ts'
import { looks, show, viewer } from './parts/terminals.ts'

/** 20 MB as `seq` writes them and a terminal passes them on. */
const COUNT = 2_500_000
const FLOOD = `seq 1 ${COUNT}`

function expected(): { hash: string; length: number } {
  const hash = createHash('sha256')
  let length = 0
  for (let i = 1; i <= COUNT; i += 1_000) {
    const text = Array.from({ length: 1_000 }, (_, n) => `${i + n}\r\n`).join('')
    hash.update(text)
    length += text.length
  }
  return { hash: hash.digest('hex'), length }
}

test('a client that reads gets all of a flood of 20 MB', async () => {
  const { client } = await shell(FLOOD)
  const hash = createHash('sha256')
  let next = 0
  client.onOutput(({ offset, bytes }) => {
    expect(offset).toBe(next)
    next += bytes.length
    hash.update(bytes)
  })
  client.onGap(() => expect.unreachable('nothing was to be lost'))
  client.attach(0)
  await exitOf(client)
  expect({ hash: hash.digest('hex'), length: next }).toEqual(expected())
})

test('with nobody attached a flood flows, and the screen is its end', async () => {
  const { client } = await shell(FLOOD)
  const exit = await exitOf(client)
  expect(exit.code).toBe(0)
  expect((await client.snapshot()).data).toContain(String(COUNT))
})

test('a client that stops reading holds the flood back, and lets it go when it dies', async () => {
  const { client, dir } = await shell(FLOOD)
  const stuck = (await findHolder(dir))!
  stuck.pause()
  stuck.attach(0)
  const offset = async () => (await client.snapshot(0)).offset
  let before = -1
  const isStill = async () => {
    const last = before
    before = await offset()
    expect(before).toBe(last)
  }
  await vi.waitFor(isStill, { timeout: 4_000, interval: 300 })
  expect(before).toBeLessThan(4_000_000)
  stuck.close()
  expect((await exitOf(client)).code).toBe(0)
})

test('a client that stays but never reads is given up, and gets the screen when it reads again', async () => {
  const { client, dir } = await shell(`${FLOOD}; echo; echo 'the \\033[31mend'; exec cat`)
  const stuck = (await findHolder(dir))!
  const gap = new Promise<Snapshot>((resolve) => void stuck.onGap(resolve))
  stuck.attach(0)
  stuck.pause()
  await vi.waitFor(async () => expect((await client.snapshot(0)).data).toContain('end'), {
    timeout: 25_000,
    interval: 250,
  })
  stuck.resume()
  const [late, early] = [viewer(80, 24), viewer(80, 24)]
  const { data, offset } = await gap
  await show(late, data)
  await show(early, (await client.snapshot()).data)
  expect(await looks(late)).toEqual(await looks(early))
  const rest = reading(stuck, offset)
  client.write(Buffer.from('more\n'))
  await vi.waitFor(() => expect(rest.text()).toContain('more\r\nmore'))
  stuck.close()
})

test('who asks for output that is gone gets the screen and what follows it', async () => {
  const { client } = await shell('seq 1 50000; exec cat', { ringBytes: 65_536 })
  await said(client, '50000\r\n')
  const gap = new Promise<Snapshot>((resolve) => void client.onGap(resolve))
  const read = reading(client, 10)
  const { data, offset } = await gap
  expect(data).toContain('50000')
  client.write(Buffer.from('more\n'))
  await vi.waitFor(() => expect(read.text()).toBe('more\r\nmore\r\n'))
  expect(read.pieces[0]?.offset).toBe(offset)
})
