import { mkdtempSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { down } from '../../embedded/down.ts'
import { homeAt, readJson } from '../../embedded/home.ts'
import type { Owner } from '../../embedded/lock.ts'
import { findParts, isAlive } from '../../embedded/processes.ts'
import { processesWith } from './parts/proc.ts'
import { type Program, startProgram } from './parts/program.ts'
import { tinyDeployment } from './parts/tiny-worker.ts'

// Whole systems start and stop here, several in a test, whatever else the machine is doing.
vi.setConfig({ testTimeout: 60_000 })

const deployment = tinyDeployment()
const started: Program[] = []

function start(home: string, port: number | null = 0): Program {
  const program = startProgram(home, deployment, port)
  started.push(program)
  return program
}
const newHome = () => realpathSync(mkdtempSync(join(tmpdir(), 'maestro-up-')))
const ownerOf = (home: string) => readJson<Owner>(join(home, 'run/owner.json'))
const engines = (home: string) => findParts(home, 'engine')
const post = async (url: string) => (await fetch(url, { method: 'POST' })).json()

afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGINT')
    await ended
  }
})

test('one line of JSON on standard output when it is ready, the parts on standard error', async () => {
  const program = start(newHome())
  const { ms, ...ready } = await program.ready
  expect(ready).toEqual({ ready: true, url: ready.url, signIn: `${ready.url}/sign-in#t=once`, pid: program.child.pid })
  expect(ms).toBeGreaterThan(0) // how much is for bench/start.ts to say, on a quiet machine
  expect(program.out).toHaveLength(1)
  for (const part of ['node', 'data', 'server', 'database', 'web UI', 'spawner'])
    expect(program.err.join('\n')).toMatch(new RegExp(`✓ ${part} .* (ms|s)`))
})

test('what was done is there after kill -9, and the engine and the spawner it left are ended', async () => {
  const home = newHome()
  const first = start(home)
  const { url } = await first.ready
  expect([await post(`${url}/object`), await post(`${url}/rows`)]).toEqual([1, 1])
  const left = [...engines(home), ...ownerOf(home)!.children]
  expect(left).toHaveLength(2)
  first.child.kill('SIGKILL')
  await first.ended
  const again = await start(home).ready
  expect(left.map(isAlive)).toEqual([false, false])
  expect([await post(`${again.url}/object`), await post(`${again.url}/rows`)]).toEqual([2, 2])
})

test('the engine that kill -9 left is ended too where the way to the home is a link', async () => {
  const place = newHome()
  symlinkSync(place, join(place, 'link'))
  const home = join(place, 'link', 'home')
  const first = start(home)
  await first.ready
  const [left, ...others] = engines(join(place, 'home'))
  expect(others).toEqual([])
  first.child.kill('SIGKILL')
  await first.ended
  await start(home).ready
  expect(isAlive(left!)).toBe(false)
})

test('a spawner is ended too that kill -9 left before anybody had noted it', async () => {
  const home = newHome()
  const first = start(home)
  await first.ready
  const [left] = ownerOf(home)!.children
  first.child.kill('SIGKILL')
  await first.ended
  writeFileSync(join(home, 'run/owner.json'), JSON.stringify({ ...ownerOf(home), children: [] }))
  await start(home).ready
  expect(isAlive(left!)).toBe(false)
})

test('what kill -9 left is ended by asking for the end as well', async () => {
  const home = newHome()
  const first = start(home)
  const { url, pid } = await first.ready
  const left = [...engines(home), ...ownerOf(home)!.children]
  first.child.kill('SIGKILL')
  await first.ended
  expect((await fetch(`${url}/health`)).status).toBe(204)
  expect(await down(homeAt(home))).toMatchObject({ pid })
  expect(left.map(isAlive)).toEqual([false, false])
  expect(await down(homeAt(home))).toBeUndefined()
})

test('a config that cannot be read is said, and nothing stays behind', async () => {
  const home = newHome()
  writeFileSync(join(home, 'config.json'), '{ "url"')
  const program = start(home)
  expect(await program.ended).toBe(5)
  expect(program.err.join('\n')).toContain(`${join(home, 'config.json')} cannot be read`)
  expect([engines(home), ownerOf(home)]).toEqual([[], undefined])
})

test('a second start says who has the home and ends', async () => {
  const home = newHome()
  const { url, pid } = await start(home).ready
  const second = start(home)
  expect(await second.ended).toBe(5)
  expect(second.out).toEqual([])
  expect(second.err.at(-1)).toMatch(`Maestro already runs with ${home}: process ${pid}, ${url}, since 20`)
})

test('of ten that start at once, one has the home', async () => {
  const home = newHome()
  const programs = Array.from({ length: 10 }, () => start(home))
  const winner = await Promise.any(programs.map(async (program) => (await program.ready) && program))
  const others = programs.filter((program) => program !== winner)
  expect(await Promise.all(others.map(({ ended }) => ended))).toEqual(Array(9).fill(5))
  expect(engines(home)).toHaveLength(1)
})

test('two homes never meet', async () => {
  const [one, other] = await Promise.all([start(newHome()).ready, start(newHome()).ready])
  await post(`${one.url}/object`)
  expect(await (await fetch(`${other.url}/object`)).json()).toBe(0)
})

test('a taken port: the next one, and it says so', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const program = start(newHome(), port)
  expect(Number(new URL((await program.ready).url).port)).toBeGreaterThan(port)
  expect(program.err.join('\n')).toContain(`(port ${port} was taken)`)
  taken.close()
})

test('it comes back where it was, so that browsers stay signed in and agents find it', async () => {
  const home = newHome()
  const first = start(home)
  const { url } = await first.ready
  first.child.kill('SIGINT')
  await first.ended
  expect((await start(home, null).ready).url).toBe(url)
})

test('all that is in a home is for its owner alone', async () => {
  const root = newHome()
  await start(root).ready
  const home = homeAt(root)
  for (const folder of [root, home.data, home.run, home.spool, join(home.spool, 'new'), home.sessions, home.scratch])
    expect([folder, statSync(folder).mode & 0o777]).toEqual([folder, 0o700])
  for (const file of [home.keys, home.config, ...readdirSync(home.run).map((name) => join(home.run, name))])
    expect([file, statSync(file).mode & 0o077]).toEqual([file, 0])
  expect(JSON.parse(readFileSync(home.keys, 'utf8')).owner).toMatch(/^mst_person_\w{38}$/)
})

test('the keys stay the same from one start to the next', async () => {
  const home = newHome()
  const keys = () => readFileSync(join(home, 'keys.json'), 'utf8')
  const first = start(home)
  await first.ready
  const before = keys()
  first.child.kill('SIGTERM')
  await first.ended
  await start(home).ready
  expect(keys()).toBe(before)
})

test('keys that are not all there are said, not replaced', async () => {
  const home = newHome()
  writeFileSync(join(home, 'keys.json'), '{ "owner": "mst_person_1" }')
  const program = start(home)
  expect(await program.ended).toBe(5)
  expect(program.err.join('\n')).toContain(`${join(home, 'keys.json')} lacks a key`)
  expect(readFileSync(join(home, 'keys.json'), 'utf8')).toBe('{ "owner": "mst_person_1" }')
})

test('Ctrl-C stops everything, and says that agents go on', async () => {
  const home = newHome()
  const program = start(home)
  const { url } = await program.ready
  const children = [...engines(home), ...ownerOf(home)!.children]
  // What a terminal does: everyone in the process group gets it, and npm sends it once more.
  process.kill(-program.child.pid!, 'SIGINT')
  program.child.kill('SIGINT')
  expect(await program.ended).toBe(0)
  expect(program.err.join('\n')).toContain('Agents go on')
  expect(children.map(isAlive)).toEqual([false, false])
  await expect(fetch(url)).rejects.toThrow()
  expect(ownerOf(home)).toBeUndefined()
})

test('a spawner that dies is started again, and a server that dies too', async () => {
  const home = newHome()
  const { url } = await start(home).ready
  const [spawner] = ownerOf(home)!.children
  process.kill(spawner!.pid, 'SIGKILL')
  const successor = () => ownerOf(home)!.children.find((child) => isAlive(child) && child.pid !== spawner!.pid)
  await expect.poll(successor, { timeout: 20_000 }).toBeDefined()
  process.kill(engines(home)[0]!.pid, 'SIGKILL')
  const health = () =>
    fetch(`${url}/health`).then(
      ({ status }) => status,
      () => 'away',
    )
  await expect.poll(health, { timeout: 20_000 }).toBe(204)
})

test('a server that dies again and again while it is started again is back in the end', async () => {
  const home = newHome()
  const { url } = await start(home).ready
  const killed = new Set<number>()
  const next = () => engines(home).find(({ pid }) => !killed.has(pid))
  for (let deaths = 0; deaths < 4; deaths++) {
    await expect.poll(next, { timeout: 20_000, interval: 2 }).toBeDefined()
    const { pid } = next()!
    killed.add(pid)
    process.kill(pid, 'SIGKILL')
  }
  const health = () =>
    fetch(`${url}/health`).then(
      ({ status }) => status,
      () => 'away',
    )
  await expect.poll(health, { timeout: 30_000 }).toBe(204)
})

test('a spawner that cannot start is said with its reason, and nothing stays behind', async () => {
  const broken = tinyDeployment()
  const said = JSON.stringify({ level: 'error', message: 'spawner.toml: unknown key "shell"' })
  writeFileSync(join(broken.root, 'dist/node/spawner.js'), `console.error(${JSON.stringify(said)}); process.exit(1)`)
  const home = newHome()
  const program = startProgram(home, broken)
  expect(await program.ended).toBe(5)
  expect(program.err.join('\n')).toContain('The spawner did not start: spawner.toml: unknown key "shell"')
  expect([engines(home), ownerOf(home)]).toEqual([[], undefined])
})

test('a spawner that ends by itself later is said with its reason', async () => {
  const odd = tinyDeployment()
  const said = JSON.stringify({ level: 'error', message: 'spawner.toml: unknown key "shell"' })
  const once = `console.log(JSON.stringify({ ready: true })); console.error(${JSON.stringify(said)}); setTimeout(() => process.exit(1), 50)`
  writeFileSync(join(odd.root, 'dist/node/spawner.js'), once)
  const program = startProgram(newHome(), odd)
  started.push(program)
  await program.ready
  const line = 'The spawner ended (code 1); starting it again: spawner.toml: unknown key "shell"'
  await expect.poll(() => program.err.join('\n'), { timeout: 20_000 }).toContain(line)
})

test('no process of any start is left', () => {
  expect(processesWith(deployment.root)).toEqual([])
})
