import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageRoot } from '../../embedded/package.ts'
import { freePort } from '../../embedded/ports.ts'
import { processesWith } from '../edge/parts/proc.ts'

const home = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-start-')))
const env = { PATH: '/usr/bin:/bin', HOME: home, MAESTRO_HOME: join(home, '.maestro'), CI: '1' }
let first: { child: ChildProcess; err: Promise<string>; code: Promise<number | null> }
let line: { ready: boolean; url: string; signIn: string; pid: number; ms: number }

beforeAll(async () => {
  first = maestro('up', '--port', String(await freePort(4900)), '--no-open', '--json')
  const output = first.child.stdout!.setEncoding('utf8')[Symbol.asyncIterator]()
  const { value } = await Promise.race([output.next(), first.err.then((said) => ({ value: said }))])
  line = JSON.parse(value)
})
afterAll(async () => {
  first.child.kill('SIGTERM')
  await first.code
  rmSync(home, { recursive: true, force: true })
})

function maestro(...args: string[]) {
  const child = spawn(join(packageRoot, 'cli/maestro'), args, { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, code, err: text(child.stderr!) }
}
async function answer(...args: string[]) {
  const { child, code } = maestro(...args, '--json')
  const out = await text(child.stdout!)
  return { ...JSON.parse(out), code: await code }
}

test('one command brings up the whole system, and its link signs a browser in once', async () => {
  expect(line).toEqual({ ...line, ready: true, pid: first.child.pid })
  const [, token] = line.signIn.split('/sign-in#t=')
  const signIn = () =>
    fetch(`${line.url}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
  const { data } = (await (await signIn()).json()) as { data: { key: string } }
  const asPerson = await fetch(`${line.url}/api/whoami`, { headers: { authorization: `Bearer ${data.key}` } })
  expect([asPerson.status, (await signIn()).status]).toEqual([200, 410])
})

test('the CLI of the same home is configured already', async () => {
  const { success, data } = await answer('whoami')
  expect([success, data.kind]).toEqual([true, 'person'])
})

test('a second start says who has the home, with exit code 5', async () => {
  const second = await answer('up', '--no-open')
  expect(second).toEqual({ ...second, success: false, error: 'conflict', code: 5 })
  expect(second.message).toContain(`process ${line.pid}, ${line.url}, since`)
})

test('it stops when asked, and leaves no process behind', async () => {
  expect(await answer('down')).toMatchObject({ success: true, data: { stopped: true, pid: line.pid } })
  expect(await first.code).toBe(0)
  expect(processesWith(home)).toEqual([])
  const { code, error } = await answer('whoami')
  expect([code, error]).toEqual([6, 'unreachable'])
})
