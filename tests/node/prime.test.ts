import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parses } from '../../cli/main.ts'
import { newId } from '../../client/ids.ts'
import { contextFor } from '../../local-spawner/brief.ts'
import { emptyProject, type Project, type Role, type Session, type Task } from '../../protocol/model.ts'
import { newSession } from '../../protocol/session-rules.ts'
import { newTask } from '../../protocol/task-rules.ts'
import { primer, sayPrimer } from '../../skills/prime.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { emptyFolder, envelope, ioIn, run, say } from './cli.ts'

const long = '樹と"quotes" and more of it '.repeat(12).slice(0, 300)
const me = 'sess_00000001'

function sessionOf(role: Role, tasks: Task[] = [], more: Partial<Session> = {}): Session {
  const given = { profile: 'claude', workspace: 'app', role, name: '', prompt: '', skills: [], spawner: null }
  return { ...newSession({ session: me, ...given }, tasks, null, 'ann', 0), status: 'running', ...more }
}
function taskOf(n: number, more: Partial<Task> = {}): Task {
  const id = `task_${String(n).padStart(8, '0')}` as const
  const subtasks = [1, 2].map((at) => ({ subtask: `sub_0000000${at}` as const, title: `Step ${at}` }))
  const words = {
    title: `Task ${n}`,
    description: '',
    acceptance: '',
    priority: 'medium' as const,
    labels: [],
    needs: [],
  }
  return { ...newTask({ task: id, ...words, subtasks }, 'ann', 0), status: 'in_progress', assignee: me, ...more }
}
const projectOf = (tasks: Task[], sessions: Session[] = [], name = 'Garden'): Project => ({
  ...{ ...emptyProject(), id: `proj_${'0'.repeat(32)}`, name },
  tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
  sessions: Object.fromEntries(sessions.map((session) => [session.id, session])),
  live: Object.fromEntries(sessions.map(({ id }) => [id, true as const])),
})
/** Few tokens are shorter than 4 letters on average, and a letter of another script takes two or three bytes. */
const tokensIn = (text: string) => Math.ceil(Buffer.byteLength(text) / 4)

describe('what a worker is told', () => {
  const tell = (tasks: Task[]) => sayPrimer(primer({ role: 'worker', session: sessionOf('worker', tasks), tasks }))

  test('is who it is, its task, and the exact commands, the last of which finishes', () => {
    expect(tell([taskOf(1), taskOf(2, { status: 'todo' })])).toBe(
      `You are session sess_00000001 of Maestro (role: worker).
Your task task_00000001: Task 1
Open steps (0 of 2 done): sub_00000001 Step 1; sub_00000002 Step 2
Then task task_00000002: Task 2
The task at length: maestro task show task_00000001
A step is done: maestro subtask complete task_00000001 sub_00000001
Progress: maestro update "<one sentence>"
You cannot go on: maestro task block task_00000001 --reason "<your question, and what you would do by default>"
All of it is done: maestro task complete task_00000001 --summary "<what was done, how it was checked>"`,
    )
  })

  test.each<[string, Task[], RegExp]>([
    [
      'goes on with what it holds, not with what is finished',
      [taskOf(1, { status: 'done' }), taskOf(2)],
      /task_00000002.*"$/s,
    ],
    [
      'knows that it waits for an answer',
      [taskOf(1, { status: 'blocked', blocked: { reason: 'Which zone?', since: 0, by: me } })],
      /is blocked: Which zone\?. Somebody will answer; stop until then\.$/,
    ],
    [
      'takes up again what was given back',
      [taskOf(1, { status: 'todo', assignee: null })],
      /To go on with it: maestro task claim task_00000001$/,
    ],
    ['knows when nothing is left', [taskOf(1, { status: 'in_review' })], /Nothing of your own is left to do: [^\n]*$/],
    [
      'leaves alone what went to another',
      [taskOf(1, { assignee: 'sess_00000009' })],
      /Nothing of your own is left to do: [^\n]*$/,
    ],
    [
      'without a task is told to report',
      [],
      /You have no task of your own\.\nProgress: maestro update "<one sentence>"$/,
    ],
  ])('so that it %s', (_, tasks, text) => expect(tell(tasks)).toMatch(text))
})

describe('what an orchestrator is told', () => {
  test('is how things stand, who needs somebody, and the commands of its loop with their ids', () => {
    const own = taskOf(1)
    const asking = sessionOf('worker', [], { id: 'sess_00000002', status: 'waiting' })
    const needsYou = { kind: 'permission' as const, message: 'Bash rm -rf build', since: 0 }
    const others = [
      taskOf(2, { status: 'in_review', title: 'Parse dates' }),
      taskOf(3, { status: 'blocked', blocked: { reason: 'Which zone?', since: 0, by: 'sess_00000003' } }),
      taskOf(4, { status: 'todo', assignee: null }),
      taskOf(5, { status: 'todo', assignee: null, needs: ['task_00000002'] }),
      taskOf(6, {
        status: 'todo',
        assignee: null,
        attempts: [{ session: 'sess_00000004', outcome: 'failed', reason: 'exited with code 3', at: 0 }],
      }),
    ]
    const session = sessionOf('orchestrator', [own])
    const project = projectOf([own, ...others], [session, { ...asking, needsYou }])
    const text = sayPrimer(primer({ role: 'orchestrator', session, tasks: [own], project }))
    expect(text).toContain('Now: tasks: 2 ready, 1 to wait, 1 blocked, 1 in review; 1 agent at work.')
    for (const line of [
      '- sess_00000002 waits for a person: Bash rm -rf build',
      '- task_00000002 is in review: Parse dates',
      '- task_00000003 is blocked: Which zone?',
      '- task_00000006 failed: exited with code 3',
      'Start what is ready: maestro session spawn task_00000004',
      'Look at a result: maestro task show task_00000002',
      'A blocked one is answered: maestro task unblock task_00000003',
    ])
      expect(text.split('\n')).toContain(line)
    expect(text.split('\n').at(-1)).toMatch(/^All of it is done: maestro task complete task_00000001 --summary "/)
  })
})

describe('however long titles are and however much there is', () => {
  const many = Array.from({ length: 20 }, (_, n) =>
    taskOf(n, { title: long, subtasks: taskOf(n).subtasks.map((sub) => ({ ...sub, title: long })) }),
  )
  const stuck = Array.from({ length: 30 }, (_, n) =>
    taskOf(100 + n, { status: 'blocked', assignee: null, blocked: { reason: long, since: 0, by: me } }),
  )
  const counted = [
    ...stuck,
    ...(['todo', 'in_review', 'done', 'cancelled'] as const).map((status, n) =>
      taskOf(900 + n, { status, assignee: null }),
    ),
  ]

  test.each<[Role, Project | undefined]>([
    ['worker', undefined],
    ['orchestrator', projectOf([...many, ...counted], [], long.slice(0, 100))],
    ['orchestrator', undefined],
  ])('a %s is told in 300 tokens', (role, project) => {
    const session = sessionOf(role, many)
    const text = sayPrimer(primer({ role, session, tasks: many, ...(project && { project }) }))
    expect(tokensIn(text), text).toBeLessThanOrEqual(300)
    expect(text).not.toContain('\ufffd')
    expect(text.split('\n').at(-1)).toContain('maestro task complete task_00000000 --summary')
    expect(tokensIn(contextFor({ session, tasks: many }))).toBeLessThanOrEqual(300)
  })
})

test.each<Role>(['worker', 'orchestrator'])(
  'every command that a %s is told of is one that it may run',
  async (role) => {
    const session = sessionOf(role)
    const env = { MAESTRO_SESSION_ID: me, MAESTRO_ROLE: role }
    for (const tasks of [
      [],
      [taskOf(1)],
      [taskOf(1, { subtasks: [] })],
      [taskOf(1, { status: 'todo', assignee: null })],
    ]) {
      const { commands } = primer({ role, session, tasks, project: projectOf(tasks) })
      expect(commands.length).toBeGreaterThan(0)
      for (const { run } of commands) {
        const words = [...run.replace('<task>', 'task_4hq1w8ze').matchAll(/"([^"]*)"|\S+/g)].map(
          ([word, quoted]) => quoted ?? word,
        )
        await expect(parses(words.slice(1), ioIn(env)), run).resolves.toBe(true)
      }
    }
  },
)

describe('`maestro prime`', () => {
  let edge: Edge
  let mute: Server
  let scene: Awaited<ReturnType<typeof makeScene>>
  beforeAll(async () => {
    const build = join(import.meta.dirname, '../../scripts/build.ts')
    ;[edge] = await Promise.all([startEdge(), promisify(execFile)(process.execPath, [build, 'programs'])])
    scene = await makeScene(edge)
    mute = createServer(() => undefined) // takes every call, and never answers
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    mute.close()
    await edge.stop()
  })

  async function took(argv: string[], env: Record<string, string>) {
    const start = performance.now()
    const said = await run(argv, { env })
    return { said, ms: performance.now() - start }
  }

  async function agentOf(role: Role) {
    const { session, task, agent } = await scene.run(role)
    const { key, project } = agent.options
    const env = {
      MAESTRO_API_URL: edge.url,
      MAESTRO_API_KEY: String(key),
      MAESTRO_PROJECT_ID: project!,
      MAESTRO_ROLE: role,
      MAESTRO_SESSION_ID: session,
      MAESTRO_TASK_IDS: task,
    }
    return { session, task, agent, env }
  }

  test('tells a worker its task as it is now, after a compaction too', async () => {
    const { env, task, session, agent } = await agentOf('worker')
    const sub = newId('sub')
    await agent.execute('subtask.create', { task, subtask: sub, title: 'Dig' })
    const { out, err, code } = await run(['prime'], { env })
    expect({ err, code }).toEqual({ err: '', code: 0 })
    expect(out).toContain(`You are session ${session} of Maestro (role: worker).\nYour task ${task}: `)
    expect(out).toContain(`maestro subtask complete ${task} ${sub}`)
    expect(out).toMatch(new RegExp(`\nAll of it is done: maestro task complete ${task} --summary "[^"]+"\n$`))
    await agent.execute('task.complete', { task, summary: 'Dug' })
    expect((await run(['prime'], { env })).out).toMatch(/Nothing of your own is left to do/)
  })

  test('tells an orchestrator how things stand, and gives a program the same in parts', async () => {
    const { env, task, session } = await agentOf('orchestrator')
    await scene.owner.execute('task.create', { task: newId('task'), title: 'Ready' })
    const { data } = envelope(await say(['prime', '--json'], { env }))
    expect(data).toMatchObject({ session, role: 'orchestrator' })
    const { lines, commands } = data as unknown as { lines: string[]; commands: { run: string }[] }
    expect(lines.join('\n')).toMatch(/Now: tasks: \d+ ready/)
    expect(commands.at(-1)?.run).toMatch(`maestro task complete ${task} --summary`)
  })

  test('names no command that its key does not allow, whatever role is asked for', async () => {
    const { env } = await agentOf('worker')
    expect((await say(['prime', '--role', 'orchestrator'], { env })).out).not.toContain('session spawn')
  })

  test('tells somebody outside of a session how things stand', async () => {
    const env = { MAESTRO_HOME: edge.home.root, MAESTRO_PROJECT_ID: scene.project }
    expect((await say(['prime'], { env })).out).toMatch(
      /^This is Maestro, project shop\. You run outside a session\.\nNow: /,
    )
    expect((await say(['prime', '--role', 'worker'], { env })).out).toContain('maestro task complete <task>')
  })

  test('refuses a role that there is not', async () => {
    expect(envelope(await say(['prime', '--role', 'wroker', '--json']))).toMatchObject({
      ...{ error: 'invalid_input', field: 'role', suggestion: 'maestro prime --role worker --json' },
    })
  })

  test.each([
    ['without a key', () => ({ MAESTRO_API_URL: edge.url })],
    ['with a key that is none', () => ({ MAESTRO_API_URL: edge.url, MAESTRO_API_KEY: 'mst_person_none' })],
    ['in a project that is not there', () => ({ MAESTRO_HOME: edge.home.root, MAESTRO_PROJECT_ID: newId('proj') })],
    ['where nobody listens', () => ({ MAESTRO_API_URL: 'http://127.0.0.1:9', MAESTRO_API_KEY: edge.ownerKey })],
    [
      'where nobody answers',
      () => ({
        MAESTRO_API_URL: `http://127.0.0.1:${(mute.address() as { port: number }).port}`,
        MAESTRO_API_KEY: edge.ownerKey,
      }),
    ],
  ])('says nothing %s, within a second, and is no failure', async (_, envOf) => {
    const env = { MAESTRO_HOME: emptyFolder(), ...envOf() }
    const [start, prime] = [await took(['config', 'list'], env), await took(['prime'], env)]
    expect(prime.said).toEqual({ code: 0, out: '', err: '' })
    // A machine so busy that a command alone takes half a second is no fault of this one.
    expect(prime.ms).toBeLessThan(Math.max(1_000, start.ms + 700))
    expect(envelope(await run(['prime', '--json'], { env }))).toEqual({ success: true, data: null })
  })
})
