import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

const release = `title: Release
tasks:
  - name: parser
    title: Fix the date parser
    priority: high
    labels: [bug]
    body: Start in src/date.ts
    acceptance: npm test passes
    subtasks: [Reproduce it, Mend it]
  - name: notes
    title: Write the notes
  - name: ship
    title: Ship it
    needs: [parser, notes]
`
type Listed = { name: string; task: string | null; title: string; needs: string[]; ready: boolean }
const idsOf = (answer: Answer) => Object.fromEntries((answer.tasks as Listed[]).map(({ name, task }) => [name, task!]))
const save = (file: string, text: string) => {
  const path = join(cwd, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}
const allTasks = async () => (await told('task', 'list')).items as Record<string, unknown>[]

describe('a plan', () => {
  test('is imported as a whole, and answers with the ids by name', async () => {
    save('plan.yaml', release)
    const answer = await told('task', 'import', 'plan.yaml')
    const { parser, notes, ship } = idsOf(answer)
    expect(answer).toEqual({
      ...{ file: 'plan.yaml', title: 'Release', dryRun: false, duplicate: false },
      tasks: [
        { name: 'parser', task: parser, title: 'Fix the date parser', needs: [], ready: true },
        { name: 'notes', task: notes, title: 'Write the notes', needs: [], ready: true },
        { name: 'ship', task: ship, title: 'Ship it', needs: ['parser', 'notes'], ready: false },
      ],
      next: [`maestro session spawn ${parser}`, 'maestro task graph'],
    })
    expect(await told('task', 'show', parser!)).toMatchObject({
      ...{ title: 'Fix the date parser', priority: 'high', labels: ['bug'], description: 'Start in src/date.ts' },
      ...{ acceptance: 'npm test passes', subtasks: [{ title: 'Reproduce it' }, { title: 'Mend it' }] },
    })
    expect(await told('task', 'show', ship!)).toMatchObject({ needs: [parser, notes] })
    expect((await told('task', 'graph')).order).toEqual([parser, notes, ship])
  })

  test('for people is a table with what to do next', async () => {
    save('plan.yaml', release)
    const { out, err } = await shown(['task', 'import', 'plan.yaml'])
    expect(out).toMatch(/^✓ 3 tasks from Release \(plan\.yaml\)\n {2}id/)
    expect(out).toMatch(/ {2}task_\w{8} {2}ship {4}Ship it {14}parser notes\n/)
    expect(err).toMatch(/^→ maestro session spawn task_\w{8}\n→ maestro task graph\n$/)
  })

  test('is read from standard input as what it looks like, or as what it is said to be', async () => {
    const md = '## One\n\n- [ ] Step\n\n## Two\nneeds: one\n'
    for (const [stdin, argv] of [
      [release, []],
      [md, []],
      ['{"tasks":[{"title":"One"}]}', []],
      [md, ['--format', 'md']],
    ] as const) {
      const said = await say(['task', 'import', '-', ...argv, '--json'], { env, cwd, stdin })
      expect(envelope(said), stdin).toMatchObject({ success: true, data: { file: 'standard input' } })
    }
    expect(await allTasks()).toHaveLength(3 + 2 + 1 + 2)
  })

  test('is checked and shown by --dry-run, which changes nothing', async () => {
    const there = await add('There before')
    save('plan.yaml', `${release}  - {name: last, title: Last, needs: [ship, ${there}]}\n`)
    const { out, err, code } = await shown(['task', 'import', 'plan.yaml', '--dry-run'])
    expect({ code, err }).toEqual({ code: 0, err: '→ maestro task import plan.yaml\n' })
    expect(out.split('\n')).toEqual([
      '○ parser  Fix the date parser  ready, high, critical',
      '└─ ○ ship  Ship it  critical, waits for 2',
      '   └─ ○ last  Last  critical, waits for 2',
      `○ ${there}  There before  ready`,
      '└─ · last  Last  above',
      '○ notes  Write the notes  ready',
      '└─ · ship  Ship it  above',
      '',
      '5 tasks: 3 ready',
      'critical path: 3 tasks, parser to last',
      '',
      '4 tasks with 2 steps would be added from plan.yaml; nothing was changed',
      '',
    ])
    expect(await told('task', 'import', 'plan.yaml', '--dry-run')).toMatchObject({
      ...{ dryRun: true, criticalPath: ['parser', 'ship', 'last'], next: ['maestro task import plan.yaml'] },
      tasks: [{ name: 'parser', task: null }, {}, {}, { name: 'last', needs: ['ship', there] }],
    })
    expect(await allTasks()).toHaveLength(1)
  })

  test('may need tasks of the project, by the beginning of their ids; ready is what waits for none of them', async () => {
    const done = await add('Done before')
    await told('task', 'complete', done)
    const open = await add('Open')
    save('plan.yaml', `tasks: [{title: A, needs: [${done}]}, {title: B, needs: [${open.slice(0, 11)}]}]`)
    const answer = await told('task', 'import', 'plan.yaml')
    expect(answer.tasks).toMatchObject([
      { needs: [done], ready: true },
      { needs: [open], ready: false },
    ])
  })

  test.each([['--dry-run'], []])('with a mistake is refused whole, with line and field (%s)', async (...dry) => {
    save('plan.yaml', release.replace('needs: [parser, notes]', 'needs: [parser, note]'))
    expect(await refused('task', 'import', 'plan.yaml', ...dry)).toMatchObject({
      ...{ error: 'invalid_input', field: 'tasks.2.needs.1', validValues: ['parser', 'notes', 'ship'] },
      message: 'plan.yaml:14: task 3 "Ship it": there is no task note in this plan; did you mean notes?',
    })
    save('plan.yaml', release.replace('needs: [parser, notes]', 'needs: [task_00000000]'))
    expect(await refused('task', 'import', 'plan.yaml', ...dry)).toMatchObject({
      ...{ error: 'task_not_found', field: 'tasks.2.needs.0' },
      message: 'plan.yaml:14: task 3 "Ship it": there is no task task_00000000 in the project',
    })
    expect(await allTasks()).toEqual([])
  })

  test('that is too large for one request says so before it asks', async () => {
    const body = 'x'.repeat(50_000)
    const tasks = Array.from({ length: 21 }, (_, n) => ({ title: `Task ${n}`, body }))
    save('plan.json', JSON.stringify({ tasks }))
    const answer = await refused('task', 'import', 'plan.json')
    expect(answer).toMatchObject({ error: 'too_large', message: expect.stringContaining('plan.json comes to 1.1 MB') })
    save('plan.json', JSON.stringify({ tasks: tasks.slice(2) }))
    await told('task', 'import', 'plan.json')
    expect(await allTasks()).toHaveLength(19)
  })

  test('of 500 tasks in a chain is imported at once, and no more are', async () => {
    const chain = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ name: `t${n}`, title: `Task ${n}`, needs: n ? [`t${n - 1}`] : [] }))
    save('plan.json', JSON.stringify({ tasks: chain(500) }))
    expect((await told('task', 'import', 'plan.json')).tasks).toHaveLength(500)
    expect((await told('task', 'graph')).criticalPath).toHaveLength(500)
    save('plan.json', JSON.stringify({ tasks: chain(501) }))
    expect((await refused('task', 'import', 'plan.json')).message).toContain('tasks is too long: 500 items at most')
  })

  test('imported again with the same key adds nothing', async () => {
    save('plan.yaml', release)
    const first = await told('task', 'import', 'plan.yaml', '--idempotency-key', 'monday-plan')
    const again = await told('task', 'import', 'plan.yaml', '--idempotency-key', 'monday-plan')
    expect(again).toEqual({ ...first, duplicate: true })
    expect(await allTasks()).toHaveLength(3)
  })

  test('that cannot be read, or is of no known kind, says how to go on', async () => {
    expect(await refused('task', 'import', 'none.yaml')).toMatchObject({
      ...{ error: 'invalid_input', field: 'file', message: 'none.yaml cannot be read (ENOENT)' },
    })
    save('plan.txt', release)
    expect(await refused('task', 'import', 'plan.txt')).toMatchObject({
      ...{
        field: 'format',
        suggestion: 'maestro task import plan.txt --format yaml',
        validValues: ['yaml', 'json', 'md'],
      },
    })
  })

  test('may have variables', async () => {
    save('plan.yaml', 'variables: { issue: Its number }\ntasks: [{ title: "Fix {{issue}}" }]')
    expect(await refused('task', 'import', 'plan.yaml')).toMatchObject({
      ...{ field: 'var', message: '1 variable missing: issue (Its number)' },
      suggestion: 'maestro task import plan.yaml --var "issue=…"',
    })
    expect(await told('task', 'import', 'plan.yaml', '--var', 'issue=42')).toMatchObject({
      tasks: [{ title: 'Fix 42' }],
    })
  })
})

describe('tasks are exported', () => {
  test.each(['yaml', 'json', 'md'])('as %s that imports as the same tasks', async (format) => {
    save('plan.yaml', release)
    const { parser } = idsOf(await told('task', 'import', 'plan.yaml'))
    await add('Fix the date parser', '--needs', parser!)
    const { out, err } = await shown(['task', 'export', '--format', format])
    expect(err).toBe('')
    const other = String((await told('project', 'create', 'Yard')).project)
    const said = await say(['task', 'import', '-', '--format', format, '--json'], {
      ...{ cwd, stdin: out, env: { ...env, MAESTRO_PROJECT_ID: other } },
    })
    expect(envelope(said)).toMatchObject({
      data: {
        title: 'Garden',
        tasks: [
          { name: 'fix-the-date-parser', title: 'Fix the date parser', needs: [] },
          { name: 'write-the-notes', needs: [] },
          { name: 'ship-it', needs: ['fix-the-date-parser', 'write-the-notes'] },
          { name: 'fix-the-date-parser-2', needs: ['fix-the-date-parser'] },
        ],
      },
    })
    env = { ...env, MAESTRO_PROJECT_ID: other }
    expect((await shown(['task', 'export', '--format', format])).out.replace('Yard', 'Garden')).toBe(out)
  })

  test('only those that are named, or of a status; what else they need stays as it is', async () => {
    const dig = await add('Dig')
    const plant = await add('Plant', '--needs', dig)
    await told('task', 'complete', dig)
    const one = await told('task', 'export', plant)
    expect(one).toMatchObject({ format: 'yaml', tasks: [{ name: 'plant', task: plant }] })
    expect(one.text).toBe(`title: Garden\ntasks:\n  - name: plant\n    title: Plant\n    needs:\n      - ${dig}\n`)
    expect(await told('task', 'export', '--status', 'done,blocked')).toMatchObject({ tasks: [{ task: dig }] })
    expect(await refused('task', 'export', '--status', 'dnoe')).toMatchObject({
      message: '--status cannot be dnoe; did you mean done?',
    })
    expect(await refused('task', 'export', 'task_00000000')).toMatchObject({ error: 'task_not_found' })
    expect(await shown(['task', 'export', '--status', 'blocked'])).toMatchObject({
      out: '',
      err: '→ maestro task list\n',
    })
  })
})

const bugfix = `---
variables:
  issue: The number of the issue
  module: { description: Where it is, default: src }
---
## Fix issue {{issue}} in {{module}}
priority: high
labels: bug, {{module}}

See issue {{issue}}.

- [ ] Reproduce it in a test
- [ ] Mend it

### Done when
The test of issue {{issue}} passes
`

describe('a template', () => {
  test('is found in the folder, above it, and at home; the nearest of a name counts', async () => {
    const home = emptyFolder()
    env = { ...env, MAESTRO_HOME: home, MAESTRO_API_URL: edge.url, MAESTRO_API_KEY: edge.ownerKey }
    const simple = (title: string) => `tasks: [{ title: ${title} }, { title: Second }]`
    save('.maestro/templates/bugfix.md', bugfix)
    save('.maestro/templates/broken.yaml', 'tasks: [')
    save('.maestro/templates/readme.txt', 'not one')
    const [top, deep] = [cwd, join(cwd, 'a/b')]
    save('a/b/.maestro/templates/release.yml', simple('Near'))
    cwd = home
    save('templates/release.yaml', simple('Home'))
    const mine = save('templates/mine.json', '{"title":"Mine","tasks":[{"title":"x"}]}')
    cwd = deep
    const { items, problems } = await told('template', 'list')
    expect(items).toEqual([
      { name: 'release', title: 'Near', tasks: 2, variables: [], file: join(deep, '.maestro/templates/release.yml') },
      {
        ...{ name: 'bugfix', title: 'Fix issue {{issue}} in {{module}}', tasks: 1 },
        variables: [
          { name: 'issue', description: 'The number of the issue', default: null, required: true },
          { name: 'module', description: 'Where it is', default: 'src', required: false },
        ],
        file: join(top, '.maestro/templates/bugfix.md'),
      },
      { name: 'mine', title: 'Mine', tasks: 1, variables: [], file: mine },
    ])
    expect(problems).toMatchObject([{ file: join(top, '.maestro/templates/broken.yaml') }])
    const page = await shown(['template', 'list'])
    expect(page.out).toMatch(/\nbugfix {3}Fix issue \{\{issue\}\} in \{\{module\}\} {6}1 {2}issue \[module\]/)
    expect(page.err).toContain('broken.yaml:1: ')
  })

  test('is shown with the command that uses it', async () => {
    const file = save('.maestro/templates/bugfix.md', bugfix)
    expect(await shown(['template', 'show', 'bugfix'])).toEqual({
      ...{ code: 0, out: bugfix, err: '→ maestro task create --template bugfix --var "issue=…"\n' },
    })
    expect(await told('template', 'show', 'bugfix')).toMatchObject({ name: 'bugfix', file, format: 'md', text: bugfix })
    expect(await refused('template', 'show', 'bugfx')).toMatchObject({
      ...{ error: 'template_not_found', message: 'There is no template bugfx; did you mean bugfix?' },
      ...{ suggestion: 'maestro template show bugfix', validValues: ['bugfix'] },
    })
  })

  test('makes a task, filled in', async () => {
    save('.maestro/templates/bugfix.md', bugfix)
    const task = await add('--template', 'bugfix', '--var', 'issue=42')
    expect(await told('task', 'show', task)).toMatchObject({
      ...{ title: 'Fix issue 42 in src', priority: 'high', labels: ['bug', 'src'], description: 'See issue 42.' },
      ...{ acceptance: 'The test of issue 42 passes' },
      subtasks: [{ title: 'Reproduce it in a test' }, { title: 'Mend it' }],
    })
  })

  test('gives way to what is said beside it', async () => {
    save('.maestro/templates/bugfix.md', bugfix)
    const dig = await add('Dig')
    const options = [
      '--priority',
      'low',
      '--label',
      'mine',
      '--subtask',
      'Only this',
      '--needs',
      dig.slice(0, 11),
      '--body',
      'B',
    ]
    const task = await add('Mine', '--template', 'bugfix', '--var', 'issue=42', ...options, '--acceptance', 'A')
    expect(await told('task', 'show', task)).toMatchObject({
      ...{ title: 'Mine', priority: 'low', labels: ['mine'], needs: [dig], description: 'B', acceptance: 'A' },
      subtasks: [{ title: 'Only this' }],
    })
  })

  test('of several tasks makes them all, and takes nothing that would be of one', async () => {
    save(
      '.maestro/templates/release.yaml',
      `variables: { version: null }\n${release.replace('Ship it', 'Ship {{version}}')}`,
    )
    const argv = ['task', 'create', '--template', 'release', '--var', 'version=2.0'] as const
    expect(await told(...argv)).toMatchObject({
      title: 'Release',
      tasks: [{ name: 'parser', ready: true }, {}, { name: 'ship', title: 'Ship 2.0', needs: ['parser', 'notes'] }],
    })
    expect(await refused(...argv, '--priority', 'low', '--title', 'x')).toMatchObject({
      ...{ error: 'invalid_input', message: 'release makes 3 tasks, and --title, --priority would be of one' },
    })
    expect(await allTasks()).toHaveLength(3)
  })

  test('that lacks a value, or is given one too many, says which', async () => {
    save('.maestro/templates/bugfix.md', bugfix)
    expect(await refused('task', 'create', 'Mine', '--template', 'bugfix', '--var', 'module=a b')).toMatchObject({
      ...{ error: 'invalid_input', field: 'var', message: '1 variable missing: issue (The number of the issue)' },
      suggestion: 'maestro task create Mine --template bugfix --var "module=a b" --var "issue=…"',
    })
    expect(await refused('task', 'create', '--template', 'bugfix', '--var', 'isue=1')).toMatchObject({
      ...{ message: 'There is no variable isue; did you mean issue?' },
      suggestion: 'maestro task create --template bugfix --var issue=1',
    })
    expect(await refused('task', 'create', '--template', 'bugfix', '--var', 'issue')).toMatchObject({
      ...{ message: '--var needs a name and a value, not issue' },
      suggestion: 'maestro task create --template bugfix --var "issue=…"',
    })
    expect(await refused('task', 'create', 'x', '--var', 'a=b')).toMatchObject({ field: 'template' })
    expect(await refused('task', 'create', '--template', 'bug/../fix')).toMatchObject({ error: 'template_not_found' })
  })
})
