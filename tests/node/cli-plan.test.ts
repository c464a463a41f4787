import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Edge, startEdge } from '../edge/edge.ts'
import { emptyFolder, envelope, type Said, say } from './cli.ts'

let edge: Edge
let env: Record<string, string>
let cwd: string

beforeAll(async () => {
  edge = await startEdge()
})
afterAll(() => edge?.stop())

/** Each test has a project of its own. */
beforeEach(async () => {
  cwd = emptyFolder()
  env = { MAESTRO_HOME: edge.home.root }
  const { project } = await told('project', 'create', 'Garden')
  env = { ...env, MAESTRO_PROJECT_ID: String(project) }
})

type Answer = Record<string, unknown> & { task: string; next?: string[] }

/** What a command said with --json, which must have gone well. */
async function told(...argv: string[]): Promise<Answer> {
  const said = await say([...argv, '--json'], { env, cwd })
  const answer = envelope(said)
  if (!answer.success || said.code !== 0 || said.err) throw new Error(`${said.out}${said.err}exit ${said.code}`)
  return answer.data as unknown as Answer // what each command answers is checked by whoever asks
}
const refused = async (...argv: string[]) => envelope(await say([...argv, '--json'], { env, cwd }))
const shown = (argv: string[], columns?: number): Promise<Said> =>
  say(argv, { env, cwd, columns, terminal: { out: columns !== undefined, err: false } })
const add = async (...argv: string[]) => (await told('task', 'create', ...argv)).task

/** Dig ← Plant ← Water and Dig ← Fence ← Water; Rest by itself. */
async function garden() {
  const dig = await add('Dig')
  const plant = await add('Plant', '--needs', dig)
  const fence = await add('Fence', '--needs', dig)
  const water = await add('Water', '--needs', `${plant},${fence}`, '--priority', 'high')
  const rest = await add('Rest', '--priority', 'low')
  return { dig, plant, fence, water, rest }
}

describe('the graph', () => {
  test('is a tree of what follows what, each task shown once, and what to do next', async () => {
    const { dig, plant, fence, water, rest } = await garden()
    const { out, err } = await shown(['task', 'graph'])
    expect(out).toBe(
      [
        `○ ${dig}  Dig  ready, critical`,
        `├─ ○ ${plant}  Plant  critical`,
        `│  └─ ○ ${water}  Water  high, critical, waits for 2`,
        `└─ ○ ${fence}  Fence`,
        `   └─ · ${water}  Water  above`,
        `○ ${rest}  Rest  ready`,
        '',
        '5 tasks: 2 ready',
        `critical path: 3 tasks, ${dig} to ${water}`,
        '',
      ].join('\n'),
    )
    expect(err).toBe(`→ maestro session spawn ${dig}\n`)
  })

  test('fits the terminal, and goes on below where it is too deep', async () => {
    let last = await add('A title that is a good deal longer than the terminal is wide, as titles often are')
    for (let n = 0; n < 12; n++) last = await add(`Step ${n} of a chain that goes on and on`, '--needs', last)
    const [tree] = stripVTControlCharacters((await shown(['task', 'graph'], 60)).out).split('\n\n')
    const lines = tree!.split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60)
    expect(lines[0]).toMatch(/^○ task_\w{8} {2}A title that is .*… {2}ready, critical$/)
    expect(lines.filter((line) => line.includes(last))).toHaveLength(2) // where it belongs, and where it is shown
    expect(lines).toHaveLength(13 + 2)
    expect(lines.filter((line) => line.endsWith('below'))).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('○'))).toHaveLength(3)
  })

  test('leaves out what is over, unless all is asked for', async () => {
    const { dig, plant } = await garden()
    await told('task', 'complete', dig)
    const { out } = await shown(['task', 'graph'])
    expect(out).not.toContain(`${dig}  Dig`)
    expect(out).toContain(`○ ${plant}  Plant  ready, critical`)
    expect(out).toContain('5 tasks: 3 ready, 1 done; --all shows those that are over')
    expect((await shown(['task', 'graph', '--all'])).out).toContain(`✓ ${dig}  Dig  done`)
  })

  test('around a task is what it needs and what needs it', async () => {
    const { dig, plant, water } = await garden()
    const { out } = await shown(['task', 'graph', plant])
    expect(out.split('\n').slice(0, 5)).toEqual([
      `○ ${plant}  Plant  critical`,
      `└─ ○ ${water}  Water  high, critical, waits for 2`,
      '',
      'which needs',
      `○ ${dig}  Dig  ready, critical`,
    ])
    expect(out).not.toContain('Fence')
  })

  test('for programs names nodes, order, what is ready and the critical path', async () => {
    const { dig, plant, fence, water, rest } = await garden()
    const graph = await told('task', 'graph')
    expect(graph).toMatchObject({
      ...{ order: [dig, plant, fence, water, rest], ready: [dig, rest], criticalPath: [dig, plant, water] },
      ...{ nodes: { length: 5 }, next: [`maestro session spawn ${dig}`] },
    })
    const { out } = await shown(['task', 'graph', '--format', 'json'])
    expect({ ...JSON.parse(out), next: graph.next }).toEqual(graph)
  })

  test('for Mermaid is a chart that no title can break', async () => {
    const dig = await add('Say "hi" #1; <b>x</b> `a` [c]')
    const plant = await add('1. Plant', '--needs', dig)
    const { out } = await shown(['task', 'graph', '--format', 'mermaid'])
    const lines = out.split('\n')
    expect(lines[0]).toBe('flowchart TD')
    expect(lines[1]).toBe(`  ${dig}["Say #34;hi#34; #35;1#59; #60;b#62;x#60;/b#62; #96;a#96; #91;c#93;"]:::ready`)
    expect(lines[2]).toBe(`  ${plant}["1#46; Plant"]:::todo`)
    expect(lines[3]).toBe(`  ${dig} ==> ${plant}`)
    expect((await told('task', 'graph', '--format', 'mermaid')).mermaid).toBe(out.trimEnd())
  })

  test('refuses a format it does not have, and a task that is not there', async () => {
    expect(await refused('task', 'graph', '--format', 'mermiad')).toMatchObject({
      ...{ error: 'invalid_input', message: '--format cannot be mermiad; did you mean mermaid?' },
      validValues: ['tree', 'mermaid', 'json'],
    })
    expect(await refused('task', 'graph', 'task_00000000')).toMatchObject({ error: 'task_not_found' })
  })

  test('of a project without tasks says how to make one', async () => {
    expect(await shown(['task', 'graph'])).toMatchObject({
      ...{ code: 0, out: '', err: '→ maestro task create "What is to be done"\n' },
    })
  })
})

describe('a task whose need was cancelled', () => {
  test('is shown to wait without end wherever one looks, with the command that mends it', async () => {
    const { dig, plant, fence, water } = await garden()
    const mend = `maestro task edit ${water} --needs ${fence}`
    const cancelled = await told('task', 'cancel', plant)
    expect(cancelled.next).toEqual([`maestro task graph ${plant}`])
    expect((await shown(['task', 'cancel', dig])).out).toContain('2 tasks wait for it without end')
    await told('task', 'reopen', dig)

    const tree = await shown(['task', 'graph'])
    expect(tree.out).toContain(`– ${plant}  Plant  cancelled`)
    expect(tree.out).toContain(`○ ${water}  Water  high, critical, stuck`)
    expect(tree.out).toContain('1 waiting without end')
    expect(tree.err).toContain(`→ ${mend}\n→ maestro task reopen ${plant}\n`)

    expect(await told('task', 'show', water)).toMatchObject({ waitsFor: [plant, fence], stuck: [plant] })
    const page = await shown(['task', 'show', water])
    expect(page.out).toContain(`without end for ${plant}, which is cancelled, for ${fence}`)
    expect(page.err).toBe(`→ ${mend}\n→ maestro task reopen ${plant}\n`)

    const { needsYou, next } = await told('status')
    const why = `waits for ${plant}, which is cancelled`
    expect(needsYou).toEqual([expect.objectContaining({ kind: 'task', id: water, status: 'todo', why, mend })])
    expect(next).toEqual([mend])
    expect(stripVTControlCharacters((await shown(['status'], 60)).out)).toContain(`\n  → ${mend}\n`)

    await told(...mend.split(' ').slice(1))
    expect(await told('task', 'show', water)).toMatchObject({ waitsFor: [fence], stuck: [] })
    expect((await told('status')).needsYou).toEqual([])
  })

  test('holds up what waits for it in turn, which points to the graph', async () => {
    const first = await add('First')
    const second = await add('Second', '--needs', first)
    const third = await add('Third', '--needs', second)
    await told('task', 'cancel', first)
    const page = await shown(['task', 'show', third])
    expect(page.out).toContain(`without end for ${second}, which waits for a cancelled task`)
    expect(page.err).toBe(`→ maestro task graph ${third}\n`)
    expect(await told('task', 'graph', third)).toMatchObject({
      next: [`maestro task edit ${second} --needs ""`, `maestro task reopen ${first}`],
    })
    expect((await told('status')).needsYou).toMatchObject([{ id: second }])
  })
})
