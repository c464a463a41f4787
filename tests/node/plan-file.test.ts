import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  nameFor,
  openPlan,
  type Plan,
  type PlanFormat,
  type PlanTask,
  planFormats,
  settled,
} from '../../cli/plan-file.ts'
import { writePlan } from '../../cli/plan-write.ts'
import { MaestroError } from '../../protocol/errors.ts'

async function read(text: string, format: PlanFormat, values: Record<string, string> = {}): Promise<Plan> {
  const opened = await openPlan(text, `plan.${format}`, format)
  const { title, tasks } = settled(opened, new Map(Object.entries(values)), `maestro task import plan.${format}`)
  return { ...(title !== undefined && { title }), tasks }
}

async function refusal(text: string, format: PlanFormat, values: Record<string, string> = {}) {
  const read_ = read(text, format, values)
  const error = await read_.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof MaestroError)) throw new Error(`it was not refused: ${error}`)
  return error.toJSON()
}
const messages = async (text: string, format: PlanFormat) => (await refusal(text, format)).message.split('\n')

const plain = { body: '', acceptance: '', priority: 'medium' as const, labels: [], needs: [], subtasks: [] }
const release: Plan = {
  title: 'Release 2.0',
  tasks: [
    {
      ...{ name: 'parser', title: 'Fix the date parser', priority: 'high', labels: ['bug', 'dates'], needs: [] },
      ...{ body: 'Dates are read in local time.\n\nStart in src/date.ts.', acceptance: 'npm test passes' },
      subtasks: ['Reproduce it', 'Mend it'],
    },
    { ...plain, name: 'notes', title: 'Write the notes' },
    { ...plain, name: 'release', title: 'Release', needs: ['parser', 'notes', 'task_4hq1w8ze'] },
  ],
}

const written: Record<PlanFormat, string> = {
  yaml: `title: Release 2.0
tasks:
  - name: parser
    title: Fix the date parser
    priority: high
    labels: [bug, dates]
    body: |
      Dates are read in local time.

      Start in src/date.ts.
    acceptance: npm test passes
    subtasks:
      - Reproduce it
      - Mend it
  - name: notes
    title: Write the notes
  - title: Release
    needs: [parser, notes, task_4hq1w8ze]
`,
  json: `{
  "title": "Release 2.0",
  "tasks": [
    {
      "name": "parser", "title": "Fix the date parser", "priority": "high", "labels": ["bug", "dates"],
      "body": "Dates are read in local time.\\n\\nStart in src/date.ts.",
      "acceptance": "npm test passes",
      "subtasks": ["Reproduce it", "Mend it"]
    },
    { "name": "notes", "title": "Write the notes" },
    { "title": "Release", "needs": ["parser", "notes", "task_4hq1w8ze"] }
  ]
}`,
  md: `# Release 2.0

What goes into it was agreed on Monday.

## Fix the date parser
name: parser
priority: high
labels: bug, dates

Dates are read in local time.

Start in src/date.ts.

- [ ] Reproduce it
- [ ] Mend it

### Done when
npm test passes

## Write the notes
name: notes

## Release

- **Needs:** parser, \`notes\`, task_4hq1w8ze
`,
}

describe('a plan', () => {
  test.each(planFormats)('in %s is read as written by hand', async (format) => {
    expect(await read(written[format], format)).toEqual(release)
  })

  test.each(planFormats)('in %s is read with the line ends of Windows, and a mark at its beginning', async (format) => {
    expect(await read(`\uFEFF${written[format].replaceAll('\n', '\r\n')}`, format)).toEqual(release)
  })

  test.each(planFormats)('in %s that is written is read as the same', { timeout: 60_000 }, async (format) => {
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        expect(await read(await writePlan(plan, format), format)).toEqual(plan)
      }),
      { numRuns: 300 },
    )
  })

  test('is documented by examples that say the same in all formats, and by a template', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../design/0008-plan-files.md'), 'utf8')
    const blocks = [...page.matchAll(/^(`{3,})(\w+)\n(.*?)\n\1$/gms)].map(([, , kind, text]) => [kind, text!] as const)
    expect(blocks.map(([kind]) => kind)).toEqual(['yaml', 'json', 'markdown', 'markdown'])
    const [yaml, json, md, bugfix] = blocks.map(([, text]) => text)
    const plan = await read(yaml!, 'yaml')
    expect(plan).toMatchObject({ title: 'Release 2.0', tasks: [{ name: 'parser' }, { name: 'release' }] })
    expect(await read(json!, 'json')).toEqual(plan)
    expect(await read(md!, 'md')).toEqual(plan)
    const { tasks } = await read(bugfix!, 'md', { issue: '42' })
    expect(tasks).toMatchObject([{ title: 'Fix issue 42 in src', subtasks: ['Reproduce it in a test', 'Mend it'] }])
  })

  test('in Markdown looks as a person would write it', async () => {
    expect(await writePlan(release, 'md')).toBe(`# Release 2.0

## Fix the date parser
name: parser
priority: high
labels: bug, dates

Dates are read in local time.

Start in src/date.ts.

### Steps
- [ ] Reproduce it
- [ ] Mend it

### Done when
npm test passes

## Write the notes
name: notes

## Release
name: release
needs: parser, notes, task_4hq1w8ze
`)
  })

  test('calls a task without a name by its title', () => {
    expect(nameFor('Fix the date parser!', 0)).toBe('fix-the-date-parser')
    expect(nameFor('Größe der Tür: 漢字', 0)).toBe('größe-der-tür-漢字')
    expect(nameFor('🎉', 2)).toBe('task-3')
    expect(nameFor('A title that goes on for much longer whenever', 0)).toBe('a-title-that-goes-on-for-much-longer')
  })
})

describe('Markdown by hand', () => {
  const tasks = async (text: string) => (await read(text, 'md')).tasks
  test('may have blank lines, lists of needs, steps under a heading, and code that looks like a plan', async () => {
    const text = `## One

priority: urgent
needs:
- two

Look:

\`\`\`sh
## not a task
- [ ] not a step
\`\`\`

### Background
It was so before.

### Steps
1. First
2. Second that goes on
   on the next line
- [x] Third

## Two
Done when: it works
`
    expect(await tasks(text)).toEqual([
      {
        ...{ ...plain, name: 'one', title: 'One', priority: 'urgent', needs: ['two'] },
        body: 'Look:\n\n```sh\n## not a task\n- [ ] not a step\n```\n\n### Background\nIt was so before.',
        subtasks: ['First', 'Second that goes on on the next line', 'Third'],
      },
      { ...plain, name: 'two', title: 'Two', acceptance: 'it works' },
    ])
  })

  test('may begin its text at once', async () => {
    expect(await tasks('## One\nNote: this is text.\nAll of it.')).toMatchObject([
      { body: 'Note: this is text.\nAll of it.' },
    ])
  })

  test.each([
    ['## One\nneds: two', 'plan.md:2: task 1 "One": there is no field neds; did you mean needs?'],
    ['## One\nneeds: two\nowner: Ann', 'plan.md:3: task 1 "One": there is no field owner, only name, priority'],
    ['## One\nneeds: one\nneeds: two', 'plan.md:3: task 1 "One": needs is there twice'],
    [
      '## One\n\n### Don when\nx',
      'plan.md:3: task 1 "One": there is no part "Don when" of a task; did you mean done when?',
    ],
    ['## One\n\n### Steps\nFirst this', 'plan.md:4: task 1 "One": a step is a line that begins with - [ ]'],
    ['## One\n\n```sh\nnpm test', 'plan.md:3: the block of code that begins here has no end'],
    ['# A\n\n# B\n\n## One', 'plan.md:3: a plan has one title, and it comes first; a task begins with ##'],
    ['##\nneeds: a', 'plan.md:1: task 1: title is empty'],
    ['# A\n\n## Tasks\n\n### One', 'plan.md:3: each task has a ## of its own, with its title; leave out ## Tasks'],
    ['Only text', 'plan.md: tasks is empty'],
    ['---\nvariable:\n  a: x\n---\n## One', 'plan.md:2: there is no field variable; did you mean variables?'],
    ['---\nvariables:\n\ta: x\n---\n## One', 'plan.md:3: Tabs are not allowed as indentation; use spaces'],
  ])('%j is told what is wrong, and where', async (text, message) => {
    expect((await messages(text, 'md'))[0]).toContain(message)
  })
})

describe('a mistake in a plan', () => {
  const yaml = (...lines: string[]) => ['tasks:', ...lines].join('\n')
  test.each<[string, string, string]>([
    [
      'a field that is not there',
      yaml('- title: One', '  prioirty: high'),
      ':3: task 1 "One": there is no field prioirty; did you mean priority?',
    ],
    [
      'a field of another tool',
      yaml('- title: One', '  depends_on: []'),
      ':3: task 1 "One": there is no field depends_on; did you mean needs?',
    ],
    ['a plan that has others', 'task: []', ':1: there is no field task; did you mean tasks?'],
    ['a title that is missing', yaml('- name: one', '- title: Two'), ':2: task 1 "one": title is missing'],
    ['a title that is empty', yaml('- title: " "'), ':2: task 1 " ": title is empty'],
    [
      'a need that is not there',
      yaml('- title: One', '  needs: [tow]', '- name: two', '  title: Two'),
      ':3: task 1 "One": there is no task tow in this plan; did you mean two?',
    ],
    [
      'a circle',
      yaml('- {name: a, title: A, needs: [b]}', '- {name: b, title: B, needs: [a]}'),
      ':2: task 1 "A": it would wait for itself: a → b → a',
    ],
    [
      'a task that needs itself',
      yaml('- {name: a, title: A, needs: [a]}'),
      ':2: task 1 "A": it would wait for itself: a → a',
    ],
    [
      'a name that comes twice',
      yaml('- {name: a, title: A}', '- {name: a, title: B}'),
      ':3: task 2 "B": task 1 is called a too; give each a name of its own',
    ],
    ['a title that comes twice', yaml('- title: A', '- title: a'), ':3: task 2 "a": task 1 is called a too'],
    [
      'a name that looks like an id',
      yaml('- {name: task_1, title: A}'),
      'name: it must not look like the id of a task',
    ],
    [
      'a priority there is not',
      yaml('- title: A', '  priority: hihg'),
      ':3: task 1 "A": priority cannot be "hihg", only low, medium, high, urgent; did you mean high?',
    ],
    [
      'a number for a text',
      yaml('- title: 42'),
      ':2: task 1: title must be text, not a number; put it in quotes: "42"',
    ],
    ['a text for a list', yaml('- title: A', '  needs: b'), ':3: task 1 "A": needs must be a list, not text'],
    [
      'a number in a list',
      yaml('- title: A', '  labels:', '  - a', '  - 1.5'),
      ':5: task 1 "A": item 2 of labels must be text, not a number',
    ],
    ['a list of what are no tasks', yaml('- Fix it'), ':2: task 1: a task must be a list of fields, not text'],
    ['no list', 'tasks: none', ':1: tasks must be a list, not text'],
    ['no tasks', 'tasks: []', ':1: tasks is empty'],
    ['nothing', '', 'a plan must be a list of fields, not nothing'],
    ['a tab', yaml('- title: A', '\tbody: x'), ':3: Tabs are not allowed as indentation; use spaces'],
    [
      'a colon',
      yaml('- title: Fix: the parser'),
      ':2: Nested mappings are not allowed in compact mappings; a text with a colon in it goes in quotes',
    ],
    [
      'an asterisk',
      yaml('- title: *important'),
      ':2: *important refers to something else; a text that begins with * goes in quotes',
    ],
    ['a field twice', yaml('- title: A', '  title: B'), ':3: Map keys must be unique'],
    ['a text that is too long', yaml(`- title: ${'x'.repeat(301)}`), 'title is too long: 300 characters at most'],
    [
      'braces without quotes',
      yaml('- title: {{issue}} is mended'),
      'a text with {{…}} at its beginning goes in quotes',
    ],
  ])('is named with its line: %s', async (_, text, message) => {
    const refused = await refusal(text, 'yaml')
    expect(refused.message.split('\n')[0]).toContain(message)
    expect(refused.message).toMatch(/^plan\.yaml/)
    expect(refused.error).toMatch(/^(invalid_input|would_cycle|id_taken)$/)
  })

  test('has the field and what is allowed for programs', async () => {
    const text = yaml('- title: One', '  needs: [tow]', '- name: two', '  title: Two', '  priority: asap')
    expect(await refusal(text, 'yaml')).toMatchObject({
      ...{ error: 'invalid_input', field: 'tasks.1.priority', validValues: ['low', 'medium', 'high', 'urgent'] },
    })
    expect(await refusal(text.replace('asap', 'low'), 'yaml')).toMatchObject({
      ...{ field: 'tasks.0.needs.0', validValues: ['one', 'two'] },
    })
  })

  test('does not hide the others: all are told at once, ten at most', async () => {
    const lines = await messages(yaml('- titel: A', '- title: B', '  labels: x'), 'yaml')
    expect(lines).toEqual([
      'plan.yaml:2: task 1: there is no field titel; did you mean title?',
      'plan.yaml:4: task 2 "B": labels must be a list, not text',
    ])
    const many = await messages(yaml(...Array.from({ length: 30 }, () => '- {title: A, x: 1}')), 'yaml')
    expect(many).toHaveLength(11)
    expect(many.at(-1)).toBe('and 20 more')
  })

  test('in JSON has its line too', async () => {
    expect(await messages('{\n\t"tasks": [\n\t\t{ "title": "A",\n\t\t  "need": [] }\n\t]\n}', 'json')).toEqual([
      'plan.json:4: task 1 "A": there is no field need; did you mean needs?',
    ])
    expect((await messages('{\n  "tasks": [\n    { "title": "A" },\n  ]\n}', 'json'))[0]).toMatch(
      /^plan\.json:4: this is not JSON: /,
    )
  })
})

describe('the variables of a plan', () => {
  const template = `variables:
  issue: The number of the issue
  module:
    description: Where it is
    default: src
  parent: { required: false }
tasks:
  - title: "Fix #{{issue}} in {{ module }}"
    body: "{{issue}}"
    labels: ["{{issue}}"]
    subtasks: ["Reproduce {{issue}}"]
  - title: Tell {{parent}}
    needs: [fix-issue-in-module]
`
  test('fill the places in its texts, and nothing else', async () => {
    const { tasks } = await read(template, 'yaml', { issue: '42' })
    expect(tasks).toMatchObject([
      { name: 'fix-issue-in-module', title: 'Fix #42 in src', body: '42', labels: ['42'], subtasks: ['Reproduce 42'] },
      { title: 'Tell', needs: ['fix-issue-in-module'] },
    ])
  })

  test.each(planFormats)('are data in %s: no value can change what the plan is made of', async (format) => {
    const front = '---\nvariables:\n  x:\n---\n'
    const texts = {
      yaml: 'variables: { x: null }\ntasks:\n- name: a\n  title: T\n  body: "{{x}}"\n  acceptance: "{{x}}"\n',
      json: '{"variables":{"x":null},"tasks":[{"name":"a","title":"T","body":"{{x}}","acceptance":"{{x}}"}]}',
      md: `${front}## T\nname: a\n\n{{x}}\n\n### Done when\n{{x}}\n`,
    }
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '"\n- title: B',
        '## B\nneeds: c',
        '- [ ] step',
        '{{x}}',
        '"}],"tasks":[',
        '### Steps\n- [ ] x',
        '$&',
        '*a',
      ),
    )
    await fc.assert(
      fc.asyncProperty(values, async (x) => {
        const { tasks } = await read(texts[format], format, { x })
        const text = x
          .replace(/\r\n?/g, '\n')
          .replace(/^(?:[^\S\n]*\n)+/, '')
          .trimEnd()
        expect(tasks).toEqual([{ ...plain, name: 'a', title: 'T', body: text, acceptance: text }])
      }),
    )
  })

  test('that are missing are named with what they are, and the command filled in', async () => {
    expect(await refusal(template, 'yaml', { module: 'a b' })).toMatchObject({
      ...{ error: 'invalid_input', field: 'var', message: '1 variable missing: issue (The number of the issue)' },
      suggestion: 'maestro task import plan.yaml --var "module=a b" --var "issue=…"',
      validValues: ['issue', 'module', 'parent'],
    })
  })

  test('that there are not are refused with the one that was meant', async () => {
    expect(await refusal(template, 'yaml', { isue: '42' })).toMatchObject({
      message: 'There is no variable isue; did you mean issue?',
      suggestion: 'maestro task import plan.yaml --var issue=42',
    })
    expect((await refusal('tasks: [{title: A}]', 'yaml', { a: '1' })).message).toBe(
      'There is no variable a: it has none',
    )
  })

  test('are declared: a place for another is a mistake; without any, braces are only braces', async () => {
    expect(await messages(template.replace('"{{issue}}"', '"{{isue}}"'), 'yaml')).toEqual([
      'plan.yaml:9: task 1 "Fix #{{issue}} in {{ module }}": {{isue}} is not among the variables; did you mean {{issue}}?',
    ])
    expect((await read('tasks: [{title: "A {{b}}"}]', 'yaml')).tasks[0]?.title).toBe('A {{b}}')
  })

  test('have fields of their own, which are looked after as well', async () => {
    expect(await messages('variables:\n  a:\n    defualt: 1\ntasks: [{title: A}]', 'yaml')).toEqual([
      'plan.yaml:3: there is no field defualt; did you mean default?',
    ])
    expect((await messages('variables:\n  a b: x\ntasks: [{title: A}]', 'yaml'))[0]).toContain('plan.yaml:2: ')
  })
})

const char = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    '#',
    '##',
    '###',
    '# ',
    '\n## ',
    '\n',
    '\n\n',
    '\\',
    '`',
    '```',
    '~~~',
    '```sh\n',
    '- [ ] ',
    '- ',
    '\n- [x] a',
    'Steps',
    '\n### Steps',
  ),
  fc.constantFrom(
    '\n### Done when\n',
    '### Dome when',
    ': ',
    'needs: a',
    '"',
    "'",
    ', ',
    '[',
    ']',
    '{{x}}',
    '---',
    '\t',
    '    ',
    '\r\n',
    '\u2028',
    '*',
    '&',
    '!',
    '|',
    '>',
    '%',
    '@',
    'a',
  ),
)
const text = fc.array(char, { maxLength: 12 }).map((parts) => parts.join(''))
const lineOf = (some: string) => some.replace(/\s+/g, ' ').trim()
const blockOf = (some: string) =>
  some
    .replace(/\r\n?/g, '\n')
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .trimEnd()
const line = text.map((some) => lineOf(some) || 'x')
const label = text.map((some) => some.trim().slice(0, 50).trim() || 'l')
const priority = fc.constantFrom<PlanTask['priority']>('low', 'medium', 'high', 'urgent')
const names = ['a', 'b-1', 'größe', '1.0', 'c_d']

/** Any plan as reading makes them: titles of one line, texts without blank edges, needs of what comes before. */
const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    title: fc.option(line, { nil: undefined }),
    tasks: fc.array(
      fc.record({
        ...{ title: line, body: text.map(blockOf), acceptance: text.map(blockOf), priority },
        ...{ labels: fc.array(label, { maxLength: 3 }), subtasks: fc.array(line, { maxLength: 3 }) },
        needs: fc.subarray([0, 1, 2, 3]),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ title, tasks }) => ({
    ...(title !== undefined && { title }),
    tasks: tasks.map(({ needs, ...task }, at) => ({
      ...{ ...task, name: names[at]! },
      needs: [
        ...needs.filter((need) => need < at).map((need) => names[need]!),
        ...(needs.includes(3) ? ['task_4hq1w8ze'] : []),
      ],
    })),
  }))
