import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import { Live } from '../../client/live.ts'
import { plainKeeper, Replica } from '../../client/replica.ts'
import type { SessionId, TaskId } from '../../protocol/ids.ts'
import type { Entry } from '../../protocol/project.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, type Said, say, start } from './cli.ts'

let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
let env: Record<string, string>
let machine: Live

beforeAll(async () => {
  const build = join(import.meta.dirname, '../../scripts/build.ts')
  ;[edge] = await Promise.all([startEdge(), promisify(execFile)(process.execPath, [build, 'programs'])])
  scene = await makeScene(edge)
  machine = new Live(scene.spawner, new Replica(plainKeeper()), {})
  machine.start()
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0', MAESTRO_PROJECT_ID: scene.project }
})
afterAll(async () => {
  machine?.stop()
  await edge?.stop()
})

async function makeTask(title: string, needs: TaskId[] = []): Promise<TaskId> {
  const task = newId('task')
  await scene.owner.execute('task.create', { task, title, needs })
  return task
}
const note = (task: TaskId, text: string) => scene.owner.execute('task.note', { task, text })
const head = async () => (await scene.owner.askProject('entry.list', { limit: 1 })).entries.at(-1)!.seq
const end = (session: SessionId, outcome: 'completed' | 'failed', reason: string | null = null) =>
  scene.spawner.execute('session.end', { session, outcome, reason })

const soon = { timeout: 15_000 }

/** The CLI as a process, and what it has said so far. */
function begin(...argv: string[]) {
  const { child, ended } = start(argv, { env })
  let out = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes
  })
  let err = ''
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes
  })
  const entries = () => entriesIn(out)
  return {
    child,
    ended,
    err: () => err,
    entries,
    said: (count: number) => expect.poll(() => entries().length, soon).toBeGreaterThanOrEqual(count),
  }
}
const entriesIn = (out: string) =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry) // the CLI writes nothing else
const notesIn = (entries: Entry[]) => entries.flatMap((entry) => (entry.type === 'task:note' ? [entry.data.text] : []))
const fails = (said: Said) => ({ exit: said.code, ...envelope(said) })

describe('`maestro watch`', () => {
  test('tells each entry once and in order, from the one that is named on, whatever happens to the server', async () => {
    const task = await makeTask('Sow the beans')
    for (let i = 0; i < 20; i++) await note(task, `before ${i}`)
    const from = await head()
    const watching = begin('watch', '--since', String(from - 20))
    await watching.said(20)
    for (let i = 0; i < 50; i++) await note(task, `first ${i}`)
    await edge.restart()
    for (let i = 0; i < 50; i++) await note(task, `second ${i}`)
    const last = await head()
    await expect.poll(() => watching.entries().at(-1)?.seq, soon).toBe(last)
    watching.child.kill('SIGINT')
    const { code, out, err } = await watching.ended
    expect(code).toBe(130)
    expect(entriesIn(out).map(({ seq }) => seq)).toEqual(
      Array.from({ length: last - from + 20 }, (_, i) => from - 19 + i),
    )
    expect(err).toContain(`→ maestro watch --since ${last}`)
    expect(err).toContain('The connection is lost')
  })

  test('goes on where another ended, with nothing missing and nothing twice', async () => {
    const task = await makeTask('Water the beans')
    const from = await head()
    await note(task, 'one')
    const first = await say(['watch', '--since', String(from), '--limit', '1'], { env })
    await note(task, 'two')
    const next = entriesIn(first.out).at(-1)!.seq
    const second = await say(['watch', '--since', String(next), '--until-seq', String(await head())], { env })
    expect(notesIn([...entriesIn(first.out), ...entriesIn(second.out)])).toEqual(['one', 'two'])
  })

  test('begins with what comes now, when nothing else is said', async () => {
    const task = await makeTask('Pick the beans')
    const watching = begin('watch', '--type', 'task:note', '--limit', '2')
    let written = 0
    // Nobody can say when it has begun, but what it tells must follow on each other.
    while (watching.child.exitCode === null) await note(task, `bean ${written++}`)
    const said = notesIn(entriesIn((await watching.ended).out)).map((text) => Number(text.split(' ')[1]))
    expect(said).toEqual([said[0], said[0]! + 1])
  })

  test('tells only what is asked for', async () => {
    const from = await head()
    const { session, task } = await scene.run()
    const other = await makeTask('Beside it')
    await note(other, 'not this')
    await note(task, 'this')
    const all = ['--since', String(from), '--until-seq', String(await head())]
    const ofTask = entriesIn((await say(['watch', '--task', task.slice(0, 10), ...all], { env })).out)
    expect(ofTask.map(({ type }) => type)).toEqual([
      'task:created',
      'session:spawn_request',
      'task:updated',
      'task:updated',
      'task:note',
    ])
    const ofSession = entriesIn((await say(['watch', '--session', session, '--type', 'session:', ...all], { env })).out)
    expect(ofSession.map(({ type }) => type)).toEqual(['session:spawn_request', 'session:updated', 'session:updated'])
  })

  test('tells people in words, and shows nothing that would steer their terminal', async () => {
    const task = await makeTask('Mend the \x1b[31mgate')
    const from = await head()
    await note(task, 'found the\x1b]0;x\x07 hinge\nand oil')
    const said = await say(['watch', '--since', String(from), '--until-seq', String(await head())], {
      ...{ env, columns: 80, terminal: { out: true, err: true } },
    })
    expect(said.out.replace(/\x1b\[\d+m/g, '')).toMatch(
      /^\d\d:\d\d:\d\d {2}Mend the ␛\[31mgate {6}Note {7}found the␛]0;x␇ hinge ↵ and oil\n$/,
    )
  })

  test.each([
    [['--since', 'yesterday'], 'since', '--since must be a whole number from 0 on, not yesterday'],
    [['--type', 'taks:'], 'type', 'No entry has a type that begins with taks:; did you mean task:?'],
    [['--since', '999999999'], 'since', /^The log has \d+ entries yet, so nothing can come after 999999999$/],
  ])('says what is wrong with %j', async (argv, field, message) => {
    const refused = fails(await say(['watch', ...argv, '--json'], { env }))
    expect(refused).toMatchObject({ exit: 2, error: 'invalid_input', field, message: expect.stringMatching(message) })
  })
})

describe('`maestro task timeline`', () => {
  test('tells what happened to a task and who worked on it, in words and in pages', async () => {
    const { session, task, agent } = await scene.run()
    await scene.owner.execute('task.note', { task, text: 'Mind the hinge' })
    await agent.execute('session.progress', { session, text: 'Half way' })
    await end(session, 'failed', 'exited with code 3')
    const { out, code } = await say(['task', 'timeline', task.slice(0, 12)], { env })
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.slice(10).replace(/ {2,}/g, '  '))).toEqual([
      `owner  New task  Task of ${session}`,
      'owner  Session  asked for: demo in scratch',
      `owner  Task  assigned to Task of ${session}`,
      'studio  Task  in progress',
      'owner  Note  Mind the hinge',
      `Task of ${session}  Note  Half way`,
      'studio  Task  given back after an attempt: failed (exited with code 3)',
      '',
    ])
    type Page = { entries: Entry[]; more: boolean; next?: string[] }
    const page = async (argv: string[]) => envelope(await say([...argv, '--json'], { env })).data as unknown as Page
    const newest = await page(['task', 'timeline', task, '--limit', '3'])
    const older = await page([...newest.next![0]!.split(' ').slice(1), '--limit', '4'])
    expect(newest.more).toBe(true)
    expect([...older.entries, ...newest.entries]).toEqual((await page(['task', 'timeline', task])).entries)
  })
})

describe('`maestro wait`', () => {
  test('ends when all are done, with what each came to', async () => {
    const one = await scene.run()
    const two = await scene.run()
    const waiting = begin('wait', one.task, two.task.slice(0, 11), '--json')
    await one.agent.execute('task.complete', { task: one.task, summary: 'It is mended', links: [], files: ['gate.ts'] })
    await two.agent.execute('task.complete', { task: two.task, summary: '', links: [], files: [] })
    const said = await waiting.ended
    expect(said).toMatchObject({ code: 0, err: '' })
    expect(envelope(said).data).toMatchObject({
      ...{ until: 'done', met: true, reason: 'All are done' },
      items: [
        {
          id: one.task,
          kind: 'task',
          is: 'met',
          status: 'done',
          result: { summary: 'It is mended', files: ['gate.ts'] },
        },
        { id: two.task, is: 'met', result: null },
      ],
    })
    // Asking how things are, not what happened: the same again ends at once.
    expect((await say(['wait', one.task, two.task], { env })).code).toBe(0)
  })

  test('lives through restarts of the server, and tells people how things go', async () => {
    const { task, session, agent } = await scene.run()
    const waiting = begin('wait', task)
    await expect.poll(waiting.err, soon).toContain(`${task}  ● in progress  ${session} works on it`)
    await edge.restart()
    await agent.execute('task.complete', { task, summary: 'Done', links: [], files: [] })
    const { code, out, err } = await waiting.ended
    expect(code).toBe(0)
    expect(out).toContain('All are done')
    expect(err).toContain(`${task}  ✓ done  it is done`)
  })

  test('ends as soon as one cannot get done by itself, saying why, what to do, and how to wait for the rest', async () => {
    const [one, two] = [await scene.run(), await scene.run()]
    const waiting = begin('wait', one.task, two.task, '--timeout', '5m', '--json')
    await one.agent.execute('task.block', { task: one.task, reason: 'Which time zone?' })
    const show = `maestro task show ${one.task}`
    const refused = fails(await waiting.ended)
    expect(refused).toMatchObject({
      ...{ exit: 5, success: false, error: 'wrong_status', retryable: false, suggestion: show },
      message: `${one.task} will not be done by itself: it is blocked: Which time zone?`,
      data: {
        met: false,
        items: [
          { is: 'stuck', status: 'blocked' },
          { is: 'pending', status: 'in_progress' },
        ],
        next: [show, `maestro wait ${two.task} --until done --timeout 5m`],
      },
    })
  })

  test.each([
    ['cancelled', (task: TaskId) => scene.owner.execute('task.cancel', { task, reason: '' }), 'it is cancelled'],
    ['deleted', (task: TaskId) => scene.owner.execute('task.delete', { task }), 'it was deleted'],
  ])('ends when the task is %s', async (_, act, why) => {
    const { task, session } = await scene.run()
    await scene.owner.execute('task.release', { task })
    const helper = await scene.run() // somebody who may take it
    const waiting = begin('wait', task)
    await expect.poll(waiting.err, soon).toContain('nobody has taken it yet')
    await act(task)
    const { code, err } = await waiting.ended
    expect(code).toBe(5)
    expect(err).toContain(`✗ ${task} will not be done by itself: ${why}\n`)
    await Promise.all([end(session, 'completed'), end(helper.session, 'completed')])
  })

  test('ends when a task was given back and nobody has it, with the command that starts somebody on it', async () => {
    const { task, session } = await scene.run()
    const waiting = begin('wait', task, '--json')
    await end(session, 'failed', 'exited with code 3')
    expect(fails(await waiting.ended)).toMatchObject({
      ...{ exit: 5, suggestion: `maestro session spawn ${task}` },
      message: `${task} will not be done by itself: ${session} failed (exited with code 3), and nobody works on it`,
    })
  })

  test('gives up with 7 when the time is up, and names what is missing and how to go on', async () => {
    const { task, session } = await scene.run()
    const again = `maestro wait ${task} --until done --timeout 200ms`
    expect(fails(await say(['wait', task, '--timeout', '200ms', '--json'], { env }))).toMatchObject({
      ...{ exit: 7, error: 'timed_out', retryable: true, suggestion: again },
      message: `1 is not done after 200ms: ${task} (${session} works on it)`,
      data: { items: [{ id: task, is: 'pending' }], next: [again] },
    })
    await end(session, 'completed')
  })

  test('with --any the first is enough, and the line for the others comes with it', async () => {
    const [one, two] = [await scene.run(), await scene.run()]
    const waiting = begin('wait', '--any', one.session, two.session, '--until', 'ended', '--json')
    await end(two.session, 'failed', 'killed')
    expect(envelope(await waiting.ended).data).toMatchObject({
      reason: `${two.session}: over`,
      items: [{ is: 'pending' }, { is: 'met', status: 'ended', outcome: 'failed', reason: 'failed (killed)' }],
      next: [`maestro wait ${one.session} --until ended --any`],
    })
    await end(one.session, 'completed')
  })

  test('an agent waits for those that it started, and not for itself', async () => {
    const leader = await scene.run('orchestrator')
    const child = newId('sess')
    await leader.agent.execute('session.spawn', { session: child, profile: 'demo' })
    await scene.spawner.execute('session.claim', { session: child, spawner: scene.me })
    await scene.spawner.execute('session.report', { session: child, status: 'running' })
    const own = { MAESTRO_API_KEY: String(leader.agent.options.key), MAESTRO_SESSION_ID: leader.session }
    const waiting = start(['wait'], { env: { ...env, ...own } })
    await new Promise((resolve) => waiting.child.stderr.once('data', resolve))
    await end(child, 'completed')
    const { code, out, err } = await waiting.ended
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^${child} +✓ completed`, 'm'))
    expect(err).not.toContain(leader.session)
    expect(fails(await say(['wait', leader.task, '--json'], { env: { ...env, ...own } }))).toMatchObject({
      ...{ exit: 2, suggestion: 'maestro wait' },
      message: `${leader.task} is this session's own: it would wait for itself`,
    })
    await end(leader.session, 'completed')
  })

  test('says to an agent only what it may do about it', async () => {
    const { session, agent } = await scene.run()
    const failed = await scene.run()
    await end(failed.session, 'failed', 'exited with code 3')
    const own = { MAESTRO_API_KEY: String(agent.options.key), MAESTRO_SESSION_ID: session, MAESTRO_ROLE: 'worker' }
    const refused = fails(await say(['wait', failed.task, '--json'], { env: { ...env, ...own } }))
    expect(refused).toMatchObject({ exit: 5, suggestion: `maestro task show ${failed.task}` })
    await end(session, 'completed')
  })

  test('until somebody is needed: by one that comes later, too', async () => {
    const quiet = await makeScene(edge) // where nothing is held from before
    const { session } = await quiet.run()
    const waiting = start(['wait', '--until', 'needs-you'], { env: { ...env, MAESTRO_PROJECT_ID: quiet.project } })
    await new Promise((resolve) => waiting.child.stderr.once('data', resolve))
    const asking = await quiet.run()
    const needs = { kind: 'permission', message: 'Allow Bash npm test?' }
    const facts = { id: newId('evt'), at: Date.now(), agent: 'demo', kind: 'permission', name: 'PermissionRequest' }
    await asking.hook.report([{ ...facts, summary: 'Bash npm test', needs, payload: null }])
    const { code, out, err } = await waiting.ended
    expect(code).toBe(0)
    expect(out).toContain(`${asking.session} waits for a person: Allow Bash npm test?`)
    expect(out).not.toContain(session)
    expect(err).toMatch(/\n→ maestro open\n$/)
  })

  test('on Ctrl-C it says what goes on, and how to wait again', async () => {
    const { task, session } = await scene.run()
    const waiting = begin('session', 'wait', session)
    await expect.poll(waiting.err, soon).toContain(`it works on ${task}`)
    waiting.child.kill('SIGINT')
    const { code, out, err } = await waiting.ended
    expect([code, out]).toEqual([130, ''])
    expect(err).toContain('Stopped waiting. What was waited for goes on.\n')
    expect(err).toContain(`→ maestro wait ${session} --until done\n`)
    await end(session, 'completed')
  })

  test.each([
    [['task_4hq1w8ze'], 3, 'task_not_found'],
    [['nothing-such'], 3, 'task_not_found'],
    [['--timeout', '10'], 2, 'invalid_input'],
    [['--until', 'finished'], 2, 'invalid_input'],
    [['--any', '--all'], 2, 'invalid_input'],
  ])('says what is wrong with %j', async (argv, exit, error) => {
    expect(fails(await say(['wait', ...argv, '--json'], { env }))).toMatchObject({ exit, error })
  })
})
