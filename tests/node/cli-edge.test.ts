import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import type { ProjectId, SessionId, SpawnerId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { type Data, emptyFolder, envelope, run, type Said, say } from './cli.ts'

let edge: Edge
let env: Record<string, string>
let project: ProjectId

beforeAll(async () => {
  const build = join(import.meta.dirname, '../../scripts/build.ts')
  ;[edge] = await Promise.all([startEdge(), promisify(execFile)(process.execPath, [build, 'programs'])])
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0' }
})
afterAll(() => edge?.stop())

/** What a command said with --json, which must have gone well. */
async function told(...argv: string[]): Promise<Data> {
  return good(await say([...argv, '--json'], { env }))
}
function good(said: Said): Data {
  const answer = envelope(said)
  if (!answer.success || said.code !== 0 || said.err) throw new Error(`${said.out}${said.err}exit ${said.code}`)
  return answer.data
}
async function refused(argv: string[], more: Record<string, string> = {}) {
  const said = await say([...argv, '--json'], { env: { ...env, ...more } })
  return { exit: said.code, err: said.err, ...envelope(said) }
}
const makeTask = async (...argv: string[]) => (await told('task', 'create', ...argv)).task
const showTask = (id: string) => told('task', 'show', id)

describe('projects', () => {
  test('come first: without one, a command says how to make one', async () => {
    expect(await refused(['task', 'list'])).toMatchObject({
      exit: 3,
      error: 'project_not_found',
      suggestion: 'maestro project create "My project"',
    })
    const { err, code } = await run(['project', 'list'], { env })
    expect({ err, code }).toEqual({ err: '→ maestro project create "My project"\n', code: 0 })
  })

  test('the first one is in use from then on, later ones when somebody says so', async () => {
    const first = await told('project', 'create', 'Date library')
    project = first.project
    expect(first).toMatchObject({ name: 'Date library', inUse: true })
    const second = await told('project', 'create', 'Shop')
    expect(second).toMatchObject({ inUse: false, next: [`maestro project use ${second.project}`] })
    expect((await told('project', 'list')).items).toMatchObject([
      { name: 'Date library', inUse: true },
      { name: 'Shop', inUse: false },
    ])
    expect(await told('project', 'show')).toMatchObject({ id: project, name: 'Date library' })

    expect(await told('project', 'use', 'shop')).toMatchObject({ project: second.project, name: 'Shop' })
    expect(await told('project', 'show')).toMatchObject({ name: 'Shop' })
    await told('project', 'use', project)
  })

  test('are meant by their id, their name, or what only one of them begins with', async () => {
    for (const word of [project, project.slice(5), 'date library', 'Dat'])
      expect(await told('project', 'show', '--project', word)).toMatchObject({ id: project })
    expect(await refused(['task', 'list', '--project', 'Shpo'])).toMatchObject({
      ...{ exit: 3, error: 'project_not_found', suggestion: 'maestro project use Shop' },
      message: 'There is no project Shpo; did you mean Shop?',
    })
    expect(await refused(['task', 'list', '--project', project.slice(0, 9)])).toMatchObject({
      exit: 2,
      error: 'ambiguous_id',
    })
  })

  test('named by an option stay named in what is suggested', async () => {
    const made = await told('task', 'create', 'There', '--project', 'Shop')
    expect(made).toMatchObject({ next: [`maestro session spawn ${made.task} --project Shop`] })
    expect(await refused(['task', 'show', 'task_00000000', '--project', 'Shop'])).toMatchObject({
      suggestion: 'maestro task list --project Shop',
    })
  })

  test('several and none in use: the candidates are named', async () => {
    const nobody = { MAESTRO_HOME: emptyFolder(), MAESTRO_API_URL: edge.url, MAESTRO_API_KEY: edge.ownerKey }
    const answer = await refused(['task', 'list'], nobody)
    expect(answer).toMatchObject({ exit: 2, error: 'invalid_input', field: 'project' })
    expect(answer.message).toContain('Date library')
    expect(answer.validValues).toContain(project)
    expect(answer.suggestion).toMatch(/^maestro project use /)
  })

  test('one can belong to a folder', async () => {
    const cwd = emptyFolder()
    expect((await run(['project', 'use', 'Shop', '--here'], { env, cwd })).code).toBe(0)
    expect(good(await run(['project', 'show', '--json'], { env, cwd }))).toMatchObject({ name: 'Shop' })
    expect(
      good(await run(['project', 'show', '--json'], { env: { ...env, MAESTRO_PROJECT_ID: project }, cwd })),
    ).toMatchObject({ id: project })
  })

  test('that do not exist, or have no name, are refused', async () => {
    expect(await refused(['project', 'use', `proj_${'0'.repeat(32)}`])).toMatchObject({
      exit: 3,
      error: 'project_not_found',
    })
    expect(await refused(['project', 'show', 'nothing'])).toMatchObject({ exit: 3, error: 'project_not_found' })
    expect(await refused(['project', 'create', ' '])).toMatchObject({ exit: 2, error: 'invalid_input', field: 'name' })
  })
})

describe('a task', () => {
  test('is created with all that is known of it', async () => {
    const first = await makeTask(
      'Fix the date parser',
      '--priority',
      'high',
      '--label',
      'bug',
      '--label',
      'dates',
      '--subtask',
      'Test',
      '--subtask',
      'Mend',
    )
    const second = await makeTask('Release', '--needs', first, '--body', 'Say so in the notes')
    expect(await showTask(first)).toMatchObject({
      title: 'Fix the date parser',
      priority: 'high',
      labels: ['bug', 'dates'],
      subtasks: [{ title: 'Test' }, { title: 'Mend' }],
    })
    expect(await showTask(second)).toMatchObject({ needs: [first], description: 'Say so in the notes' })
    const { out, err } = await run(['task', 'create', 'For people'], { env })
    expect(out).toMatch(/^✓ task_\w{8} {2}For people\n$/)
    expect(err).toMatch(/^→ maestro session spawn task_\w{8}\n$/)
  })

  test('takes a long text from a file and from standard input', async () => {
    const said = await run(['task', 'create', 'Long', '--body-file', '-', '--json'], {
      env,
      stdin: 'first line\n$second "line"\n',
    })
    expect(await showTask(good(said).task)).toMatchObject({ description: 'first line\n$second "line"\n' })
    expect(await refused(['task', 'create', 'Long', '--body-file', '/no/such/file'])).toMatchObject({
      exit: 2,
      message: '/no/such/file cannot be read (ENOENT)',
    })
  })

  test('asked for twice with one idempotency key is one task', async () => {
    const argv = ['task', 'create', 'Once', '--subtask', 'a', '--subtask', 'b', '--idempotency-key', 'build-42-release']
    const [once, again] = [await told(...argv), await told(...argv)]
    expect(again.task).toBe(once.task)
    expect((await showTask(once.task)).subtasks).toHaveLength(2)
    expect(again).toMatchObject({ duplicate: true })
    const { items } = await told('task', 'list', '--limit', '100')
    expect(items.filter(({ title }) => title === 'Once')).toHaveLength(1)
  })

  test('is listed, filtered and paged', async () => {
    await Promise.all(['p1', 'p2', 'p3'].map((title) => makeTask(title, '--label', 'paged')))
    const first = await told('task', 'list', '--label', 'paged', '--limit', '2')
    expect(first.items).toHaveLength(2)
    const second = await told('task', 'list', '--label', 'paged', '--limit', '2', '--cursor', first.cursor)
    expect(second).toMatchObject({ items: [{}], cursor: null })
    expect(await told('task', 'list', '--status', 'cancelled')).toEqual({
      items: [],
      cursor: null,
      next: ['maestro task list'],
    })
    const ready = (await told('task', 'list', '--ready')).items
    expect(ready.every(({ needs }) => needs.length === 0)).toBe(true)
    const { out, err } = await run(['task', 'list', '--label', 'paged', '--limit', '2'], { env })
    expect(out.trimEnd().split('\n')).toHaveLength(3)
    expect(err).toMatch(/^→ maestro task list --label paged --limit 2 --cursor task_\w{8}\n$/)
    expect(await refused(['task', 'list', '--limit', '101'])).toMatchObject({ exit: 2, field: 'limit' })
  })

  test('goes through all its statuses', async () => {
    const task = await makeTask('Course')
    const status = async () => (await showTask(task)).status
    await told('task', 'edit', task, '--title', 'The course', '--priority', 'urgent', '--label', '')
    expect(await showTask(task)).toMatchObject({ title: 'The course', priority: 'urgent', labels: [] })
    await told('task', 'block', task, 'Which time zone?')
    expect(await showTask(task)).toMatchObject({ status: 'blocked', blocked: { reason: 'Which time zone?' } })
    await told('task', 'unblock', task)
    expect(await status()).toBe('todo')
    await told('task', 'block', task, '--reason', 'Still: which?')
    await told('task', 'unblock', task)
    await told('task', 'note', task, 'It is UTC')
    expect(await showTask(task)).toMatchObject({ note: { text: 'It is UTC' } })
    await told(
      'task',
      'complete',
      task,
      '--summary',
      'Done',
      '--link',
      'https://example.com/1',
      '--file',
      'a.ts',
      '--file',
      'b.ts',
    )
    expect(await showTask(task)).toMatchObject({
      status: 'done',
      result: { summary: 'Done', links: ['https://example.com/1'], files: ['a.ts', 'b.ts'] },
    })
    await told('task', 'reopen', task)
    await told('task', 'cancel', task, 'Nobody needs it')
    expect(await status()).toBe('cancelled')
    await told('task', 'delete', task)
    expect(await refused(['task', 'show', task])).toMatchObject({
      exit: 3,
      error: 'task_not_found',
      suggestion: 'maestro task list',
    })
  })

  test('done says what became ready by it', async () => {
    const first = await makeTask('First')
    const second = await makeTask('Second', '--needs', first)
    expect(await refused(['task', 'complete', second])).toMatchObject({
      exit: 5,
      error: 'not_ready',
      suggestion: `maestro task show ${first}`,
    })
    const { out } = await run(['task', 'complete', first, '--summary-file', '-'], { env, stdin: 'As asked' })
    expect(out).toBe(`✓ ${first} is done; ready now: ${second}\n`)
    expect((await run(['task', 'complete', first], { env })).out).toBe(`– ${first} is done (it was before)\n`)
  })

  test('that cannot be is refused with the way on', async () => {
    const task = await makeTask('Stays')
    expect(await told('task', 'unblock', task)).toMatchObject({ entries: [] })
    expect(await refused(['task', 'review', task])).toMatchObject({
      exit: 5,
      error: 'wrong_status',
      suggestion: `maestro session spawn ${task}`,
    })
    expect(await refused(['task', 'edit', task, '--needs', task])).toMatchObject({ exit: 5, error: 'would_cycle' })
    expect(await refused(['task', 'create', ''])).toMatchObject({ exit: 2, field: 'title' })
  })
})

describe('an id', () => {
  test('may be written as far as it is the only one', async () => {
    const { MAESTRO_HOME } = env
    const other = await told('project', 'create', 'Prefixes')
    const client = new Client({ url: edge.url, key: edge.ownerKey, project: other.project })
    for (const [id, title] of [
      ['task_aaaa1111', 'One'],
      ['task_aaaa2222', 'Two'],
      ['task_bbbb3333', 'Three'],
    ] as const)
      await client.execute('task.create', { task: id, title })
    const at = { env: { MAESTRO_HOME: MAESTRO_HOME!, MAESTRO_PROJECT_ID: String(other.project) } }
    const show = async (word: string) => run(['task', 'show', word, '--json'], at)
    for (const word of ['b', 'bbbb', 'task_b', 'task_bbbb3333'])
      expect(good(await show(word))).toMatchObject({ title: 'Three' })

    const several = await show('aaaa')
    expect(several.code).toBe(2)
    expect(envelope(several)).toMatchObject({ error: 'ambiguous_id', validValues: ['task_aaaa1111', 'task_aaaa2222'] })
    expect(envelope(several).message).toContain('task_aaaa1111 (One)')
    const none = await show('task_bbbc3333')
    expect(none.code).toBe(3)
    const near = await show('bbb3333')
    expect(envelope(near)).toMatchObject({ error: 'task_not_found', validValues: ['task_bbbb3333'] })
    expect(envelope(near).message).toBe('There is no task bbb3333; did you mean task_bbbb3333?')
    const byTitle = await show('thre')
    expect(envelope(byTitle).message).toContain('did you mean task_bbbb3333?')

    const needing = await run(['task', 'create', 'Four', '--needs', 'b,aaaa1', '--json'], at)
    expect((await client.query('task.show', { task: good(needing).task })).needs).toEqual([
      'task_bbbb3333',
      'task_aaaa1111',
    ])
  })
})

describe('a subtask', () => {
  test('is made, changed, moved, done, opened again and deleted', async () => {
    const task = await makeTask('Steps')
    const [a, b] = [
      (await told('subtask', 'create', task, 'a')).subtask,
      (await told('subtask', 'create', task, 'b')).subtask,
    ]
    await told('subtask', 'move', task, b, '--before', a)
    await told('subtask', 'edit', task, a, 'A')
    await told('subtask', 'complete', task, a)
    expect((await told('subtask', 'list', task)).items).toMatchObject([
      { id: b, status: 'todo' },
      { id: a, title: 'A', status: 'done' },
    ])
    await told('subtask', 'reopen', a)
    await told('subtask', 'complete', b.slice(4, 10))
    expect((await told('subtask', 'list', task)).items).toMatchObject([
      { id: b, status: 'done' },
      { id: a, status: 'todo' },
    ])
    await told('subtask', 'delete', task, a)
    expect((await told('subtask', 'list', task)).items).toHaveLength(1)
    const { err } = await run(['subtask', 'list', await makeTask('Bare')], { env })
    expect(err).toMatch(/^→ maestro subtask create task_/)
  })
  test('of nowhere is refused', async () => {
    const task = await makeTask('No steps')
    expect(await refused(['subtask', 'complete', task, 'sub_00000000'])).toMatchObject({
      exit: 3,
      error: 'subtask_not_found',
    })
    expect(await refused(['subtask', 'complete', 'sub_00000000'])).toMatchObject({
      exit: 3,
      error: 'subtask_not_found',
    })
    expect(await refused(['subtask', 'list', 'task_00000000'])).toMatchObject({ exit: 3, error: 'task_not_found' })
    expect(await refused(['subtask', 'create', task])).toMatchObject({ exit: 2, field: 'title' })
    expect(await refused(['subtask', 'create', 'Only a title'])).toMatchObject({ exit: 2, field: 'task' })
    for (const verb of ['edit', 'move', 'delete', 'reopen'])
      expect(
        await refused(['subtask', verb, ...(verb === 'edit' ? [task, 'sub_00000000', 'x'] : ['sub_00000000'])]),
      ).toMatchObject({ exit: 3 })
  })
})

/** A machine that is online, and what an agent started by it has in its environment. */
async function machine() {
  const owner = new Client({ url: edge.url, key: edge.ownerKey, project })
  const spawner = owner.with({ key: edge.spawnerKey })
  const me = (await spawner.ask('whoami', {})).spawner as SpawnerId // a spawner's key has one
  const facts = {
    name: 'studio',
    machine: 'studio',
    version: '0',
    capacity: 100,
    workspaces: ['scratch'],
    typing: true,
  }
  await spawner.execute('spawner.online', { spawner: me, ...facts, profiles: [{ name: 'claude', agent: 'demo' }] })
  const begin = async (session: SessionId, tasks: string[]) => {
    await spawner.execute('session.claim', { session, spawner: me })
    const keys = await spawner.askProject('session.keys', { session })
    await spawner.execute('session.report', { session, status: 'running' })
    return {
      ...{
        MAESTRO_API_URL: edge.url,
        MAESTRO_API_KEY: keys.session,
        MAESTRO_PROJECT_ID: project,
        MAESTRO_SESSION_ID: session,
      },
      ...{ MAESTRO_TASK_IDS: tasks.join(','), MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0' },
    }
  }
  return { me, spawner, begin }
}

describe('a session', () => {
  test('is asked for, shown, listed and stopped; until a machine takes it, it says why it waits', async () => {
    const task = await makeTask('Work')
    const { session } = await told('session', 'spawn', task, '--name', 'Worker', '--prompt', 'Begin')
    expect(await told('session', 'show', session)).toMatchObject({
      name: 'Worker',
      tasks: [task],
      prompt: 'Begin',
      status: 'spawning',
    })
    expect((await run(['session', 'show', session], { env })).out).toMatch(/waits +no machine has ever connected/)
    expect((await told('session', 'list', '--task', task)).items).toMatchObject([{ id: session }])
    expect(await refused(['session', 'spawn', task])).toMatchObject({
      exit: 5,
      error: 'already_claimed',
      suggestion: `maestro session show ${session}`,
    })
    await told('session', 'stop', session)
    expect((await told('session', 'list', '--status', 'ended')).items).toMatchObject([
      { id: session, outcome: 'stopped' },
    ])
    expect(await refused(['session', 'show', 'sess_00000000'])).toMatchObject({ exit: 3, error: 'session_not_found' })
    expect(await refused(['session', 'stop', 'sess_00000000'])).toMatchObject({ exit: 3, error: 'session_not_found' })
    expect(await refused(['session', 'show'])).toMatchObject({ exit: 2, field: 'session' })
    expect(await refused(['session', 'spawn', '--role', 'boss'])).toMatchObject({
      exit: 2,
      validValues: ['worker', 'orchestrator'],
    })
  })

  test('knows itself and its one task: an agent need not name them', async () => {
    const { begin } = await machine()
    const task = await makeTask('Mine', '--subtask', 'Only step')
    const { session } = await told('session', 'spawn', task)
    const agent = await begin(session, [task])
    const does = async (...argv: string[]) => good(await run([...argv, '--json'], { env: agent }))

    expect(await does('whoami')).toMatchObject({ kind: 'session', session, tasks: [task], project })
    expect(await does('task', 'start')).toMatchObject({ task, details: { status: 'in_progress', assignee: session } })
    expect((await does('task', 'list', '--mine')).items).toMatchObject([{ id: task }])
    expect(await does('session', 'show')).toMatchObject({ id: session })
    await does('update', 'Half of it is there')
    expect(await told('session', 'show', session)).toMatchObject({ progress: { text: 'Half of it is there' } })
    await does('task', 'note', 'A remark')
    expect(await showTask(task)).toMatchObject({ note: { text: 'A remark', by: session } })
    const [step] = (await does('subtask', 'list')).items
    await does('subtask', 'complete', step!.id)
    await does('subtask', 'create', 'Another step')
    await does('task', 'block', 'What now?')
    await does('task', 'unblock')
    await does('task', 'review', '--summary', 'Look at this')
    expect(await showTask(task)).toMatchObject({ status: 'in_review' })
    await told('task', 'complete', task, '--summary', 'All of it')
    expect(await showTask(task)).toMatchObject({ status: 'done', result: { summary: 'All of it' } })
  })

  test('takes the best ready task, and only with --claim', async () => {
    const { begin } = await machine()
    const urgent = await makeTask('Before all others', '--priority', 'urgent')
    const { session } = await told('session', 'spawn')
    const agent = await begin(session, [])
    const does = (...argv: string[]) => run([...argv, '--json'], { env: agent })
    expect(envelope(await does('task', 'complete'))).toMatchObject({
      error: 'invalid_input',
      message: expect.stringContaining('has no task'),
    })
    expect(good(await does('task', 'next'))).toMatchObject({ task: urgent, next: ['maestro task next --claim'] })
    expect(await showTask(urgent)).toMatchObject({ status: 'todo' })
    expect(good(await does('task', 'next', '--claim'))).toMatchObject({
      task: urgent,
      details: { status: 'in_progress', assignee: session },
    })
    expect(good(await does('task', 'release'))).toMatchObject({ task: urgent })
    expect(good(await does('task', 'claim', urgent))).toMatchObject({ task: urgent })

    const another = await makeTask('Another')
    await does('task', 'claim', another)
    const torn = envelope(await does('task', 'complete'))
    expect(torn).toMatchObject({ error: 'invalid_input', validValues: [urgent, another] })
    expect(torn.suggestion).toBe(`maestro task complete ${urgent}`)
    await does('task', 'complete', another)
    expect(good(await does('task', 'complete', '--summary', 'x'))).toMatchObject({ task: urgent })
  })

  test('of somebody else is told to leave things alone', async () => {
    const { begin } = await machine()
    const { session } = await told('session', 'spawn')
    const agent = await begin(session, [])
    const task = await makeTask('Not yours')
    expect(await refused(['task', 'complete', task], agent)).toMatchObject({
      exit: 4,
      error: 'forbidden',
      suggestion: `maestro task list --session ${session}`,
    })
    expect(await refused(['key', 'list'], agent)).toMatchObject({ exit: 4, error: 'forbidden' })
    expect(await refused(['task', 'claim', task, '--session', 'sess_00000000'], agent)).toMatchObject({
      exit: 4,
      error: 'forbidden',
    })
    await told('task', 'delete', task)
  })

  test('is what outside of one these need', async () => {
    const task = await makeTask('Outside')
    expect(await refused(['update', 'x'])).toMatchObject({ exit: 2, suggestion: 'maestro task note <task> "…"' })
    expect(await refused(['task', 'complete'])).toMatchObject({
      exit: 2,
      field: 'task',
      message: 'Which task? Outside a session `maestro task complete` needs its id',
    })
    for (const verb of ['start', 'claim'])
      expect(await refused(['task', verb, task])).toMatchObject({
        exit: 2,
        suggestion: `maestro session spawn ${task}`,
      })
    expect(await refused(['task', 'next', '--claim'])).toMatchObject({ exit: 2, field: 'session' })
    expect(await refused(['task', 'list', '--mine'])).toMatchObject({ exit: 2 })
    expect(await refused(['task', 'show'], { MAESTRO_SESSION_ID: 'me' })).toMatchObject({
      exit: 2,
      message: 'MAESTRO_SESSION_ID is no session id: me',
    })
  })
})

describe('the whole', () => {
  test('is shown by who needs somebody first', async () => {
    const { begin, spawner } = await machine()
    const task = await makeTask('Asks')
    const { session } = await told('session', 'spawn', task, '--name', 'Asker')
    await begin(session, [task])
    await spawner.report([
      {
        id: `evt_${'0'.repeat(31)}1`,
        at: Date.now(),
        session,
        agent: 'demo',
        kind: 'permission',
        name: 'PermissionRequest',
        summary: 'Bash rm',
        needs: { kind: 'permission', message: 'May I run rm?' },
        payload: {},
      },
    ])
    const held = await makeTask('Held')
    await told('task', 'block', held, 'By the weather')
    const data = await told('status')
    expect(data.needsYou).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: held, why: 'By the weather' }),
        expect.objectContaining({ id: session, why: 'May I run rm?' }),
      ]),
    )
    expect(data.machines).toMatchObject([{ name: 'studio', status: 'online' }])
    const { out, err } = await run(['status'], { env })
    expect(out.indexOf('Needs you')).toBeLessThan(out.indexOf('Working'))
    expect(out).toContain('▲ blocked  Asker  May I run rm?')
    expect(err).toMatch(/^→ maestro (task|session) show /)
    expect((await run(['session', 'show', session], { env })).out).toMatch(/needs you +May I run rm\?/)
  })

  test('has machines: all of them, and this one', async () => {
    const { me } = await machine()
    expect((await told('spawner', 'list')).items).toMatchObject([{ id: me, name: 'studio' }])
    expect(await told('spawner', 'status')).toMatchObject({ id: me, status: 'online', policy: edge.home.policy })
    expect(
      await refused(['spawner', 'status'], {
        MAESTRO_HOME: emptyFolder(),
        MAESTRO_API_URL: edge.url,
        MAESTRO_API_KEY: edge.ownerKey,
      }),
    ).toMatchObject({
      ...{ exit: 3, error: 'spawner_not_found', suggestion: 'maestro up' },
    })
  })

  test('says what is wrong with this machine: its policy, and hook events that were lost', async () => {
    const { home } = edge
    await machine()
    expect(await told('spawner', 'status')).toMatchObject({ troubles: [] })
    mkdirSync(join(home.spool, 'bad'), { recursive: true })
    writeFileSync(join(home.spool, 'bad', 'notes.txt'), 'hello')
    writeFileSync(join(home.spool, 'dropped'), '.\n.\n')
    writeFileSync(home.policy, 'capacty = 2\n', { mode: 0o600 })
    const troubles = [
      `Nothing is started here until this is mended: ${home.policy}: there is an unknown key "capacty". Remove it, or use one of: capacity, typing, labels, profile, workspace, events`,
      '2 hook events were dropped and not told of yet: the spool or the disk was full, or the event too large',
      `1 hook event was set aside, because nobody could read them: see ${join(home.spool, 'bad')}`,
    ]
    expect(await told('spawner', 'status')).toMatchObject({ troubles })
    const { out } = await run(['spawner', 'status'], { env })
    for (const trouble of troubles) expect(out).toContain(trouble)
    expect((await run(['status'], { env })).err).toContain('→ maestro spawner status')
    rmSync(home.policy)
    for (const name of ['bad', 'dropped']) rmSync(join(home.spool, name), { recursive: true })
  })

  test('fits a narrow terminal', async () => {
    for (const argv of [['status'], ['task', 'list'], ['session', 'list'], ['spawner', 'list'], ['project', 'list']]) {
      const { out } = await say(argv, { env, columns: 72, terminal: { out: true, err: true } })
      for (const line of out.replaceAll(/\u001b\[\d+m/g, '').split('\n'))
        expect(line.length, line).toBeLessThanOrEqual(72)
      expect(out).toContain('\u001b[')
    }
  })
})

describe('keys and links', () => {
  test('a key is shown once, works, and ends', async () => {
    const made = await told('key', 'create', 'phone', '--days', '3', '--scope', 'read')
    const phone = { MAESTRO_API_KEY: String(made.key) }
    expect(good(await run(['whoami', '--json'], { env: { ...env, ...phone } }))).toMatchObject({
      name: 'phone',
      scopes: ['read'],
    })
    expect(await refused(['task', 'create', 'x'], phone)).toMatchObject({ exit: 4, error: 'forbidden' })
    const { out } = await run(['key', 'list', '--json'], { env })
    expect(out).not.toContain(made.key)
    await told('key', 'revoke', made.id)
    expect(await refused(['whoami'], phone)).toMatchObject({ exit: 4 })
    expect(await refused(['key', 'revoke', 'key_0'])).toMatchObject({ exit: 3, error: 'key_not_found' })
    expect(await refused(['key', 'create', 'x', '--scope', 'raed'])).toMatchObject({
      exit: 2,
      message: '--scope cannot be raed; did you mean read?',
    })
    expect((await run(['key', 'create', 'laptop'], { env })).out).toMatch(/^mst_person_\w{38}\n$/)
  })

  test('for one project is good for that one', async () => {
    expect(await told('key', 'create', 'one', '--project', 'Shop')).toMatchObject({
      project: expect.stringMatching(/^proj_/),
    })
    expect(await told('key', 'create', 'all')).toMatchObject({ project: null })
  })

  test('without a key it is said where one should be', async () => {
    const home = emptyFolder()
    const answer = await refused(['whoami'], { MAESTRO_HOME: home, MAESTRO_API_URL: edge.url })
    expect(answer).toMatchObject({ exit: 4, error: 'unauthenticated', suggestion: 'maestro up' })
    expect(answer.message).toBe(`No key for ${edge.url}: MAESTRO_API_KEY is not set, and nobody has signed in here`)
  })

  test('`open` gives a link with its token in the fragment', async () => {
    const { out, code } = await run(['open'], { env: { ...env, CI: '1' } })
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^${edge.url}/sign-in#t=mst_link_\\w{38}\n$`))
    expect(await told('open', '--no-open')).toMatchObject({ opened: false })
  })

  test('`demo` asks for the demo agent', async () => {
    const demo = await told('demo', '--project', project)
    expect(await told('session', 'show', demo.session)).toMatchObject({ profile: 'demo', tasks: [demo.task] })
  })
})
