import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProjectId } from '../../protocol/ids.ts'
import type { Entry } from '../../protocol/project.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, say } from './cli.ts'

let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
let env: Record<string, string>
let project: ProjectId
let one: Awaited<ReturnType<typeof scene.run>>
let other: Awaited<ReturnType<typeof scene.run>>

beforeAll(async () => {
  edge = await startEdge()
  scene = await makeScene(edge)
  ;({ project } = scene)
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0', MAESTRO_PROJECT_ID: project }
  one = await scene.run()
  other = await scene.run()
  for (let n = 0; n < 6; n++) await note(one.task, `Note ${n}`)
})
afterAll(() => edge?.stop())

const note = (task: typeof one.task, text: string) => scene.owner.execute('task.note', { task, text })
const head = async () => (await scene.owner.askProject('entry.list', { limit: 1 })).entries.at(-1)!.seq
const all = async () => (await scene.owner.askProject('entry.list', { since: 0, limit: 1000 })).entries

async function told(...argv: string[]): Promise<{ entries: Entry[]; more: boolean; next?: string[] }> {
  const said = await say(['logs', ...argv, '--json'], { env })
  expect(said, said.out).toMatchObject({ code: 0, err: '' })
  return envelope(said).data as unknown as Awaited<ReturnType<typeof told>> // what `logs` promises
}
const seqs = ({ entries }: { entries: Entry[] }) => entries.map(({ seq }) => seq)
/** The command to run next, as words. */
const next = ({ next: [line] = [] }: { next?: string[] }) => line!.split(' ').slice(2)

describe('`maestro logs`', () => {
  test('shows the newest page, and how to get at the one before it, until there is none', async () => {
    const log = await all()
    let page = await told('--limit', '7')
    let seen = seqs(page)
    expect(seen).toEqual(log.slice(-7).map(({ seq }) => seq))
    while (page.more) {
      page = await told(...next(page))
      seen = [...seqs(page), ...seen]
    }
    expect(seen).toEqual(log.map(({ seq }) => seq))
    expect(page.next).toBeUndefined()
  })

  test('shows what came after an entry that is named, page by page to the end', async () => {
    let page = await told('--since', '3', '--limit', '5')
    let seen = seqs(page)
    expect(seen).toEqual([4, 5, 6, 7, 8])
    while (page.more) {
      page = await told(...next(page))
      seen = [...seen, ...seqs(page)]
    }
    expect(seen.at(-1)).toBe(await head())
  })

  test('shows only what is of a type, of a session, of a task, each page as full as it can be', async () => {
    const log = await all()
    const of = (...prefixes: string[]) => log.filter(({ type }) => prefixes.some((prefix) => type.startsWith(prefix)))
    const notes = await told('--type', 'task:note', '--limit', '4')
    expect(notes.entries.map(({ data }) => (data as { text: string }).text)).toEqual([
      'Note 2',
      'Note 3',
      'Note 4',
      'Note 5',
    ])
    expect(notes.more).toBe(true)
    const before = await told(...next(notes))
    expect(before.entries.map(({ data }) => (data as { text: string }).text)).toEqual(['Note 0', 'Note 1'])
    expect(before.more).toBe(false)
    expect(seqs(await told('--type', 'task:created', '--type', 'project:'))).toEqual(
      of('task:created', 'project:').map(({ seq }) => seq),
    )
    expect(seqs(await told('--type', 'session:', '--since', '0', '--limit', '2'))).toEqual(
      of('session:')
        .slice(0, 2)
        .map(({ seq }) => seq),
    )
    const { entries } = await told('--session', other.session)
    expect(entries.length).toBeGreaterThan(2)
    expect(JSON.stringify(entries)).not.toContain(one.session)
    expect((await told('--task', one.task, '--type', 'session:spawn_request')).entries).toHaveLength(1)
    expect((await told('--task', other.task, '--type', 'task:note')).entries).toEqual([])
  })

  test('says in words to people whose entry each is and what it says, as `watch` does', async () => {
    const { out, err } = await say(['logs', '--limit', '2'], { env })
    expect(out.trimEnd().split('\n')).toHaveLength(2)
    expect(out).toContain('Note 5')
    expect(err).toBe(`→ maestro logs --limit 2 --before ${(await head()) - 1}\n`)
  })

  test('with --follow goes on from the page with what comes, a line of JSON each, with nothing missing between', async () => {
    const from = await head()
    let stop = (): void => undefined
    let out = ''
    const following = say(['logs', '--follow', '--limit', '3', '--json'], {
      env,
      out: (text: string) => {
        out += text
      },
      takeInterrupts: (answer: () => void) => {
        stop = answer
        return () => undefined
      },
    } as object)
    await expect.poll(() => out.split('\n').length - 1, { timeout: 10_000 }).toBe(3)
    await note(other.task, 'while it is followed')
    await expect.poll(() => out.split('\n').length - 1, { timeout: 10_000 }).toBe(4)
    stop()
    const { code, err } = await following
    expect(code).toBe(130)
    expect(err).toContain(`→ maestro watch --since ${from + 1}`)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry)
    expect(lines.map(({ seq }) => seq)).toEqual([from - 2, from - 1, from, from + 1])
  })

  test('refuses what it cannot show, and says what it could', async () => {
    const refused = async (...argv: string[]) => envelope(await say(['logs', ...argv, '--json'], { env }))
    expect(await refused('--type', 'task:nite')).toMatchObject({
      ...{ error: 'invalid_input', field: 'type', suggestion: 'maestro logs --type task:note' },
    })
    expect(await refused('--follow', '--before', '7')).toMatchObject({
      field: 'before',
      suggestion: 'maestro logs --before 7',
    })
    expect(await refused('--limit', '0')).toMatchObject({ error: 'invalid_input', field: 'limit' })
    expect(await refused('--session', 'sess_00000000')).toMatchObject({ error: 'session_not_found' })
  })

  test('and `maestro watch` tell of each other which is which', async () => {
    expect((await say(['logs', '--help'])).out).toContain('maestro watch shows what comes from now on')
    expect((await say(['watch', '--help'])).out).toContain('What has happened before now: maestro logs')
  })
})
