import { existsSync, rmSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { fromProc, fromPs } from '../../local-spawner/process-list.ts'
import { exitOf, isRunning, node, said, shell, whereabouts } from './parts/sessions.ts'

/** Starts a program that leaves the terminal's session, loses its parent, and ignores polite requests. */
const LEAVES = `
  const { spawn } = require('node:child_process')
  const script = "process.on('SIGHUP', () => {}); process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)"
  const middle = "const c = require('node:child_process').spawn(process.execPath, ['-e', process.argv[1]], { detached: true, stdio: 'ignore' });" +
    "c.unref(); console.log('left ' + c.pid + ' behind')"
  spawn(process.execPath, ['-e', middle, script], { stdio: 'inherit' })
`
const STAYS = 'setInterval(() => {}, 1e6)'

const pidIn = (text: string) => Number(/left (\d+) behind/.exec(text)?.[1])

test('ending a session ends a child that left it', async () => {
  const { client } = await node(LEAVES + STAYS)
  const pid = pidIn(await said(client, 'behind'))
  expect(isRunning(pid)).toBe(true)
  client.end(300)
  expect(await exitOf(client)).toMatchObject({ code: null, signal: 'SIGHUP' })
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 })
})

test('what a program leaves running when it ends by itself is ended too', async () => {
  const { client } = await shell('nohup sleep 1000 >/dev/null 2>&1 & echo "left $! behind"')
  const pid = pidIn(await said(client, 'behind'))
  expect(await exitOf(client)).toMatchObject({ code: 0 })
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 })
})

test('a program that wants to end well is given the time', async () => {
  const { client } = await node(
    "process.on('SIGHUP', () => setTimeout(() => { console.log('saved'); process.exit(7) }, 300)); console.log('ready');" +
      STAYS,
  )
  await said(client, 'ready')
  client.end(5_000)
  expect(await said(client, 'saved')).toContain('saved')
  expect(await exitOf(client)).toMatchObject({ code: 7 })
})

test('a program that does not want to end is killed', async () => {
  const { client } = await node(
    `process.on('SIGHUP', () => {}); process.on('SIGTERM', () => {}); console.log('ready');${STAYS}`,
  )
  await said(client, 'ready')
  client.end(200)
  expect(await exitOf(client)).toMatchObject({ signal: 'SIGKILL' })
})

test('a holder that is told to end takes its program with it', async () => {
  const { client, dir } = await node(`console.log('ready');${STAYS}`)
  await said(client, 'ready')
  const { pid, childPid } = whereabouts(dir)
  process.kill(pid, 'SIGTERM')
  await new Promise<void>((resolve) => void client.onClose(resolve))
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false))
  expect(isRunning(childPid)).toBe(false)
  expect(existsSync(`${dir}/exit.json`)).toBe(true)
})

test('a session whose folder is gone, so that nobody can find it, ends', async () => {
  const { client, dir } = await node(`console.log('ready');${STAYS}`, { lingerMs: 100 })
  await said(client, 'ready')
  const { pid, childPid } = whereabouts(dir)
  rmSync(dir, { recursive: true })
  client.close()
  await vi.waitFor(() => expect([isRunning(pid), isRunning(childPid)]).toEqual([false, false]), { timeout: 10_000 })
})

test('that how it ended cannot be written down keeps nothing alive', async () => {
  const { client, dir } = await shell('nohup sleep 1000 >/dev/null 2>&1 & echo "left $! behind"; read x')
  const pid = pidIn(await said(client, 'behind'))
  rmSync(dir, { recursive: true })
  client.write(Buffer.from('\n'))
  expect(await exitOf(client)).toMatchObject({ code: 0 })
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 })
  client.release()
  await new Promise<void>((resolve) => void client.onClose(resolve))
})

test.skipIf(!existsSync('/proc'))('ps tells the same about a session as /proc does', async () => {
  const { client } = await node(LEAVES + STAYS, { session: 'sess_listed' })
  const pid = pidIn(await said(client, 'behind'))
  const marks = new Set(['MAESTRO_SESSION_ID=sess_listed'])
  const marked = (all: ReturnType<typeof fromPs>) =>
    all.filter((one) => one.mark).map(({ pid, parent, group }) => ({ pid, parent, group }))
  expect(marked(fromPs(marks)).map((one) => one.pid)).toContain(pid)
  expect(marked(fromPs(marks))).toEqual(marked(fromProc(marks)))
})
