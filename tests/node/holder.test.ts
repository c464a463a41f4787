import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test, vi } from 'vitest'
import { findHolder, openHolder } from '../../local-spawner/holder-client.ts'
import {
  exitOf,
  HOLDER,
  isRunning,
  launchOf,
  node,
  open,
  reading,
  said,
  sessionFolder,
  shell,
  whereabouts,
} from './parts/sessions.ts'

test('output arrives in order, each byte once, with the exit code after it', async () => {
  const { client } = await shell('for i in 1 2 3 4 5 6 7 8; do echo "line $i é漢"; done; exit 3')
  const read = reading(client)
  const exit = await exitOf(client)
  expect(exit).toMatchObject({ code: 3, signal: null, offset: Buffer.byteLength(read.text()) })
  expect(read.text()).toBe([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `line ${i} é漢\r\n`).join(''))
  read.pieces.reduce((next, { offset, bytes }) => {
    expect(offset).toBe(next)
    return offset + bytes.length
  }, 0)
})

test('a daemon killed with -9 leaves the program running, and the next one reads on from where it was', async () => {
  const dir = sessionFolder()
  const script = 'i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo "line $i"; sleep 0.005; done; read x; echo "got $x"'
  const launch = JSON.stringify(launchOf('/bin/sh', ['-c', script]))
  const daemon = spawn(process.execPath, [join(import.meta.dirname, 'parts/opens-and-reads.ts'), dir, launch, HOLDER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pieces: Buffer[] = []
  for await (const line of createInterface({ input: daemon.stdout })) {
    pieces.push(Buffer.from((JSON.parse(line) as { bytes: string }).bytes, 'base64'))
    if (pieces.length === 20) daemon.kill('SIGKILL')
  }
  const seen = Buffer.concat(pieces)
  const client = (await findHolder(dir))!
  expect(client.hello.exit).toBeUndefined()
  const rest = reading(client, seen.length)
  client.write(Buffer.from('me\n'))
  await exitOf(client)
  client.close()
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i + 1}\r\n`).join('')
  expect((seen.toString() + rest.text()).replace('me\r\n', '')).toBe(`${lines}got me\r\n`)
})

test('several clients read and type at once', async () => {
  const { client, dir } = await open('/bin/cat', [])
  const other = (await findHolder(dir))!
  const [one, two] = [reading(client), reading(other)]
  client.write(Buffer.from('from one\n'))
  await vi.waitFor(() => expect(two.text()).toContain('from one\r\nfrom one'))
  other.write(Buffer.from('from two\n'))
  await vi.waitFor(() => expect(one.text()).toContain('from two\r\nfrom two'))
  other.close()
})

test('a signal that ended the program is named, and exit.json says so too', async () => {
  const { client, dir } = await shell('kill -KILL $$')
  const exit = await exitOf(client)
  expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' })
  expect(JSON.parse(readFileSync(join(dir, 'exit.json'), 'utf8'))).toEqual(exit)
})

test('what a program wrote before it died is read, even by a client that was not reading then', async () => {
  const dir = sessionFolder()
  const { client } = await shell('i=0; while :; do i=$((i+1)); printf "%01000d\\n" $i; echo $i > written; done', {
    dir,
    cwd: dir,
  })
  const written = () => readFileSync(join(dir, 'written'), 'utf8')
  client.pause()
  client.attach(0)
  await settled(written)
  process.kill(client.hello.childPid, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(client.hello.childPid)).toBe(false))
  const died = performance.now()
  await vi.waitFor(() => expect(performance.now() - died).toBeGreaterThan(500)) // node-pty gives up after 200
  const read = reading(client)
  client.resume()
  expect(await exitOf(client)).toMatchObject({ signal: 'SIGKILL' })
  expect(read.text()).toContain(`${written().trim().padStart(1000, '0')}\r\n`)
})

/** Until `look` says the same for a while: its program waits. */
async function settled(look: () => string) {
  let before = ''
  await vi.waitFor(
    () => {
      const now = look()
      const isSame = now !== '' && now === before
      before = now
      expect(isSame).toBe(true)
    },
    { timeout: 10_000, interval: 300 },
  )
}

test('after the end the final screen is served until it is released', async () => {
  const { client, dir } = await shell('echo the last words')
  await exitOf(client)
  client.close()
  const later = (await findHolder(dir))!
  expect(later.hello.exit).toMatchObject({ code: 0 })
  expect((await later.snapshot()).data).toContain('the last words')
  const closed = new Promise<void>((resolve) => void later.onClose(resolve))
  const { pid, socket } = whereabouts(dir)
  later.release()
  await closed
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false))
  expect(existsSync(socket)).toBe(false)
  expect(await findHolder(dir)).toBeUndefined()
  expect(readdirSync(dir).sort()).toEqual(['exit.json', 'holder.log'])
})

test('who comes after the end gets all that is kept of the output, and then how it ended', async () => {
  const { client, dir } = await shell('seq 1 1000; exit 5')
  await exitOf(client)
  const later = (await findHolder(dir))!
  const read = reading(later)
  expect(await exitOf(later)).toMatchObject({ code: 5, offset: Buffer.byteLength(read.text()) })
  expect(read.text().endsWith('1000\r\n')).toBe(true)
  later.close()
})

test('a final screen that nobody wants goes by itself', async () => {
  const { client, dir } = await shell('exit 0', { lingerMs: 50 })
  await new Promise<void>((resolve) => void client.onClose(resolve))
  expect(await findHolder(dir)).toBeUndefined()
})

test('resizing reaches the program, and every client hears of it', async () => {
  const { client, dir } = await node(
    "process.stdout.on('resize', () => console.log(process.stdout.columns + 'x' + process.stdout.rows)); setInterval(() => {}, 1e6); console.log('ready')",
  )
  await said(client, 'ready')
  const other = (await findHolder(dir))!
  const heard = new Promise((resolve) => void other.onResized(resolve))
  client.resize(101, 33)
  await said(client, '101x33')
  expect(await heard).toMatchObject({ cols: 101, rows: 33 })
  expect(await other.snapshot()).toMatchObject({ cols: 101, rows: 33 })
  other.close()
})

test('a new size is told between the output before and after it, also to who is far behind', async () => {
  const { client, dir } = await shell('head -c 900000 /dev/zero | tr "\\0" x; read go; echo after')
  const slow = (await findHolder(dir))!
  let position = 0
  const told: { position: number; offset: number; cols: number }[] = []
  slow.onOutput(({ offset, bytes }) => {
    expect(offset).toBe(position)
    position += bytes.length
  })
  slow.onResized(({ offset, cols }) => told.push({ position, offset, cols }))
  slow.pause()
  slow.attach(0)
  await vi.waitFor(async () => expect((await client.snapshot(0)).offset).toBe(900_000), 20_000)
  for (const cols of [101, 90]) client.resize(cols, 33)
  await vi.waitFor(async () => expect((await client.snapshot(0)).cols).toBe(90))
  client.write(Buffer.from('\n'))
  slow.resume()
  await exitOf(slow)
  const sizes = [101, 90].map((cols) => ({ position: 900_000, offset: 900_000, cols }))
  expect(told).toEqual(sizes)
  expect(position).toBeGreaterThan(900_000)
  slow.close()
})

test('what the program asks its terminal is answered once, however many watch', async () => {
  const { client, dir } = await node(`
    let heard = ''
    process.stdin.setRawMode(true).on('data', (data) => {
      heard += data
      if (heard.endsWith('[0n')) console.log('heard ' + JSON.stringify(heard))
    })
    process.stdout.write('\\x1b[c\\x1b[5n')`)
  const other = (await findHolder(dir))!
  other.attach(0)
  expect(await said(client, 'heard')).toContain('heard "\\u001b[?1;2c\\u001b[0n"')
  other.close()
})

test('a program that does not read its input does not stop its holder', async () => {
  const { client } = await shell('stty raw -echo; echo ready; exec sleep 1000')
  await said(client, 'ready')
  client.write(Buffer.alloc(300_000, 'x'))
  expect((await client.snapshot()).data).toContain('ready')
})

test('a long paste arrives whole', async () => {
  const { client } = await shell('stty raw -echo; echo ready; head -c 500000 | cksum; echo done')
  await said(client, 'ready')
  const paste = Buffer.from('0123456789'.repeat(50_000))
  client.write(paste)
  const sum = spawn('cksum', { stdio: ['pipe', 'pipe', 'inherit'] })
  sum.stdin.end(paste)
  const [expected] = (await once(sum.stdout, 'data')) as [Buffer]
  expect(await said(client, 'done')).toContain(expected.toString().trim())
})

test('files and socket are for this user alone, and the key in the environment is not left behind', async () => {
  const { dir } = await open('/bin/cat', [], { env: { MAESTRO_API_KEY: 'mst_session_secret' } })
  expect(readdirSync(dir).sort()).toEqual(['holder.json', 'holder.log', 'holder.sock'])
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
})

test('the program has its own umask, not the holder’s', async () => {
  const umask = process.umask()
  const { client } = await shell('umask; echo done')
  expect(Number.parseInt(await said(client, 'done'), 8)).toBe(umask)
})

test('the program gets the environment it was launched with, and no other', async () => {
  process.env.MAESTRO_TEST_LEAK = 'yes'
  const { client } = await shell('env; echo done', { session: 'sess_env', env: { PATH: '/usr/bin:/bin', A: 'b c' } })
  delete process.env.MAESTRO_TEST_LEAK
  const lines = (await said(client, 'done')).split('\r\n').map((line) => line.split('=')[0])
  const names = ['A', 'COLORTERM', 'MAESTRO_SESSION_ID', 'PATH', 'PWD', 'TERM']
  expect(lines.filter((name) => name && !['done', '_', 'SHLVL', 'OLDPWD'].includes(name)).sort()).toEqual(names)
})

test('a folder too deep for a socket gets one among temporary files, as private', async () => {
  const deep = join(sessionFolder(), 'x'.repeat(60), 'y'.repeat(60))
  mkdirSync(deep, { recursive: true, mode: 0o700 })
  const { client, dir } = await open('/bin/cat', [], { dir: sessionFolder(deep) })
  const { socket } = whereabouts(dir)
  expect(Buffer.byteLength(socket)).toBeLessThan(104)
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700)
  const other = (await findHolder(dir))!
  expect(other.hello.pid).toBe(client.hello.pid)
  other.close()
})

test('a program that cannot be started is refused with a reason', async () => {
  await expect(open('/no/such/program', [])).rejects.toThrow(/could not be opened.*\/no\/such\/program/s)
  await expect(open('sh', [])).rejects.toThrow('The program must be an absolute path, not sh')
  await expect(shell('true', { cwd: '/no/such/folder' })).rejects.toThrow('/no/such/folder')
})

test('a session that runs is not started a second time', async () => {
  const { dir } = await open('/bin/cat', [])
  await expect(openHolder(dir, launchOf('/bin/cat', []), HOLDER)).rejects.toThrow('is running already')
})

test('what an earlier holder left behind is not taken for a live one', async () => {
  const { client, dir } = await open('/bin/cat', [])
  const left = whereabouts(dir)
  process.kill(left.pid, 'SIGKILL')
  await new Promise<void>((resolve) => void client.onClose(resolve))
  expect(await findHolder(dir)).toBeUndefined()
  writeFileSync(join(dir, 'holder.json'), JSON.stringify({ ...left, pid: process.pid }))
  expect(await findHolder(dir)).toBeUndefined()
  expect((await openHolder(dir, launchOf('/bin/cat', []), HOLDER)).hello.exit).toBeUndefined()
})
