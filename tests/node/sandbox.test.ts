import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { findProgram } from '../../local-spawner/policy-file.ts'
import { processes } from '../../local-spawner/process-list.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'
import { git, put, repository } from './parts/repository.ts'

const trial = [
  '--unshare-user',
  '--unshare-pid',
  '--ro-bind',
  '/',
  '/',
  '--proc',
  '/proc',
  '--dev',
  '/dev',
  '--',
  'true',
]
const works = spawnSync('bwrap', trial).status === 0

let edge: Edge
let client: Client
let viewer: Follower
let shop: string
let person: string
let daemon: Daemon

beforeAll(async () => {
  edge = await startEdge()
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  viewer = follow(client)
  person = mkdtempSync('/var/tmp/maestro-person-') // /tmp is another one in there
  shop = repository(join(person, 'src/shop'))
  put(person, { '.ssh/id': 'key of the person', '.netrc': 'password of the person', notes: 'notes of the person' })
  const more = `[workspace.shop]\npath = ${JSON.stringify(shop)}\n`
  allowScriptedAgent(edge.home, { profile: 'sandbox = "bwrap"', more })
})
afterEach(async () => {
  await viewer.until(({ live }) => Object.keys(live).length === 0)
  await putAway(edge.home, Object.keys(viewer.project().sessions))
  await daemon.end()
})
afterAll(async () => {
  viewer.stop()
  await edge.stop()
  rmSync(person, { recursive: true, force: true })
})

async function spawn(script: string, worktree: boolean): Promise<SessionId> {
  const session = newId('sess')
  const prompt = `script: ${script}`
  await client.execute('session.spawn', { session, profile: 'demo', workspace: 'shop', prompt, worktree })
  return session
}
const hasEnded = ({ status }: Session) => status === 'ended'

const probe = (outside: string) => `
try() { if eval "$2" >/dev/null 2>&1; then echo "may $1"; else echo "may not $1"; fi; }
try 'read notes of the person' 'grep notes ${person}/notes'
try 'read a key of the person' 'grep key ${person}/.ssh/id'
try 'read a password of the person' 'grep password ${person}/.netrc'
try 'read the keys of the machine' 'cat ${edge.home.root}/keys.json'
try 'see the policy' 'test -e ${edge.home.policy}'
try 'write elsewhere' 'touch ${outside}'
try 'write where it works' 'touch here'
try 'write into its folder' 'touch "$MAESTRO_SESSION_DIR/mine"'
try 'write into the spool' 'touch "$MAESTRO_SPOOL/tmp/x" && mv "$MAESTRO_SPOOL/tmp/x" "$MAESTRO_SPOOL/tmp/y" && rm "$MAESTRO_SPOOL/tmp/y"'
try 'commit' 'git -c user.name=A -c user.email=a@example.com commit --allow-empty -m Mine'
try 'have git run something' 'git config core.fsmonitor /bin/true'
try 'see the holder' 'test -e /proc/1/cmdline && grep -a holder /proc/[0-9]*/cmdline'
try 'speak to Maestro' 'maestro whoami'
`

const allowed = ['read notes of the person', 'write where it works', 'write into its folder', 'write into the spool']

test.skipIf(!works).each([
  ['the folder itself', false],
  ['a worktree', true],
])('an agent in a sandbox works in %s, and opens no door beside that', async (_, worktree) => {
  daemon = await startDaemon(edge.home, { HOME: person })
  writeFileSync(join(person, 'probe.sh'), probe(join(person, 'elsewhere')))
  const session = await spawn(`run sh ${person}/probe.sh >"$MAESTRO_SESSION_DIR/seen" 2>&1; exit 0`, worktree)
  expect(await viewer.session(session, hasEnded)).toMatchObject({ outcome: 'completed' })
  const seen = readFileSync(join(edge.home.sessions, session, 'seen'), 'utf8')
    .trim()
    .split('\n')
  expect(seen.filter((line) => !line.startsWith('may not'))).toEqual(
    [...allowed, 'commit', 'speak to Maestro'].map((what) => `may ${what}`),
  )
  expect(seen).toHaveLength(13)
  expect(existsSync(join(person, 'elsewhere'))).toBe(false)
  expect(git(shop, 'log', '--all', '--format=%s')).toContain('Mine')
})

test.skipIf(!works)('stopping a session in a sandbox ends all that it started there', async () => {
  daemon = await startDaemon(edge.home, { HOME: person })
  const session = await spawn('child; stay', false)
  await viewer.session(session, ({ status }) => status === 'running')
  await client.execute('session.stop', { session })
  expect(await viewer.session(session, hasEnded)).toMatchObject({ outcome: 'stopped' })
  await putAway(edge.home, [session])
  expect(processes(new Set([`MAESTRO_SESSION_ID=${session}`])).filter(({ mark }) => mark)).toEqual([])
})

test('where there is no bubblewrap, nothing starts without it, and the session says how to mend that', async () => {
  const bin = join(edge.home.root, 'bin')
  mkdirSync(bin)
  symlinkSync(findProgram('git')!, join(bin, 'git'))
  daemon = await startDaemon(edge.home, { HOME: person, PATH: bin })
  const { outcome, reason } = await viewer.session(await spawn('exit 0', false), hasEnded)
  expect([outcome, reason]).toEqual(['failed', expect.stringContaining('bwrap is not on the PATH')])
  expect(reason).toContain('take sandbox = "bwrap" out of [profile.demo] in spawner.toml')
})
