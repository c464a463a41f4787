import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { app } from '../../cli/app.ts'
import { Context } from '../../cli/context.ts'
import { parses } from '../../cli/main.ts'
import { everyCommand, nameOf } from '../../cli/usage.ts'
import { errors, MaestroError } from '../../protocol/errors.ts'
import type { Role } from '../../protocol/model.ts'
import { installSkills, skillsFolder, writePlugin } from '../../skills/install.ts'
import { getSkillsForRole, listAvailableSkills, loadSkill, sayProblem, skillNames } from '../../skills/loader.ts'
import { completing } from '../../skills/prime.ts'
import { formatSkillsForPrompt } from '../../skills/prompt.ts'
import { ioIn } from './cli.ts'

const packaged = fileURLToPath(new URL('../../skills', import.meta.url))
const task = 'task_4hq1w8ze'
const nowhere = ioIn()
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'maestro-skills-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const namesOf = (skills: { name: string }[]) => skills.map(({ name }) => name)

describe('the skills that come with Maestro', () => {
  test('are three, and nothing is wrong with them', () => {
    const { skills, problems } = listAvailableSkills([packaged])
    expect(problems).toEqual([])
    expect(namesOf(skills)).toEqual(['maestro-cli', 'maestro-orchestrator', 'maestro-worker'])
  })

  test.each([
    ['worker', ['maestro-cli', 'maestro-worker']],
    ['orchestrator', ['maestro-cli', 'maestro-orchestrator']],
    ['gardener', []],
  ])('for a %s are %j', (role, names) => expect(namesOf(getSkillsForRole(role, [packaged]).skills)).toEqual(names))

  test.each([
    ['maestro-worker', 900],
    ['maestro-orchestrator', 1_400],
    ['maestro-cli', 500],
  ])('are short enough to be read: %s has %i tokens at most', (name, most) => {
    const { source, description } = loadSkill(name, [packaged])
    expect(Math.ceil(Buffer.byteLength(source) / 4)).toBeLessThanOrEqual(most)
    expect(source).toContain(`description: `)
    expect(description.length).toBeLessThan(200)
  })

  test('name only errors that there are', () => {
    for (const { text } of listAvailableSkills([packaged]).skills) {
      const named = [...text.matchAll(/`([a-z]+(?:_[a-z]+)+|failed|internal|forbidden|conflict)`/g)].map(
        ([, word]) => word!,
      )
      const codes = named.filter((word) => !word.startsWith('task_') || word === 'task_not_found')
      expect(codes.filter((code) => !(code in errors))).toEqual([])
      expect(codes.length).toBeGreaterThan(2)
    }
  })
})

describe.each<Role>(['worker', 'orchestrator'])('to the %s', (role) => {
  const { skills } = getSkillsForRole(role, [packaged])
  const inSession = {
    ...nowhere,
    env: { MAESTRO_SESSION_ID: 'sess_9vk3n2aq', MAESTRO_TASK_IDS: task, MAESTRO_ROLE: role },
  }
  const commands = skills.flatMap((skill) => commandsIn(skill.text).map((command) => [skill.name, command] as const))

  test.each(commands)('%s shows only what its command line takes and its key allows: %s', async (_, command) => {
    await expect(parses(wordsOf(command), inSession)).resolves.toBe(true)
  })

  test('they show enough for a change of the texts to be noticed', () => {
    expect(commands.length).toBeGreaterThan(role === 'worker' ? 10 : 25)
    expect(commands.map(([, command]) => command)).toContain(
      role === 'worker'
        ? 'maestro task complete <task> --summary "<what was done, how it was checked, what is left>"'
        : 'maestro session spawn <task> --json',
    )
  })

  test('they show no command that is for somebody else, in whatever words', () => {
    const theirs = [...everyCommand(app(new Context(nowhere)))].map(nameOf)
    const mine = new Set([...everyCommand(app(new Context(inSession)))].map(nameOf))
    const forbidden = theirs.filter((name) => !mine.has(name))
    expect(forbidden.length).toBeGreaterThan(10)
    for (const { text } of skills) for (const name of forbidden) expect(text).not.toMatch(new RegExp(`${name}\\b`))
  })
})

describe('a prompt', () => {
  const { skills } = getSkillsForRole('worker', [packaged])
  test('says who and what, has the task in every command, and ends with the one that completes it', () => {
    const prompt = formatSkillsForPrompt(skills, { tasks: [task], session: 'sess_9vk3n2aq', role: 'worker' })
    expect(prompt).toMatch(/^You are session sess_9vk3n2aq of Maestro \(role: worker\)\. Your task is task_4hq1w8ze\./)
    expect(prompt).not.toContain('<task>')
    expect(prompt).not.toContain('---\nname:')
    expect(prompt.split('\n').at(-1)).toBe(completing(task, 'worker'))
  })
  test('of one who leads keeps the names of other tasks open', () => {
    const prompt = formatSkillsForPrompt(getSkillsForRole('orchestrator', [packaged]).skills, {
      tasks: [task],
      role: 'orchestrator',
    })
    expect(prompt).toContain('maestro session spawn <task> --json')
    expect(prompt).not.toContain('<own task>')
    expect(prompt.split('\n').at(-1)).toBe(completing(task, 'orchestrator'))
  })
  test('on several tasks names each in its order with the command that completes it, the last one last', () => {
    const [second, third] = ['task_00000002', 'task_00000003'] as const
    const prompt = formatSkillsForPrompt(skills, { tasks: [task, second, third], role: 'worker' })
    expect(prompt).toContain(`Your tasks, in this order: ${task}, ${second}, ${third}.`)
    expect(prompt).toContain('maestro task block <task>')
    expect(prompt.split('\n').slice(-3)).toEqual([task, second, third].map((id) => completing(id, 'worker')))
  })
  test('without a task has no command to complete one', () =>
    expect(formatSkillsForPrompt([], { session: 'sess_9vk3n2aq' })).toBe('You are session sess_9vk3n2aq of Maestro.'))
})

describe('a skill with a mistake in it', () => {
  const good = { name: 'mine', version: '1.0.0', description: 'Mine', roles: ['worker'] }
  const text = '---\nname: mine\ndescription: Mine\n---\nDo it.\n'
  const make = async (manifest: string, source: string | undefined = text, name = 'mine') => {
    await mkdir(join(root, name), { recursive: true })
    await writeFile(join(root, name, 'manifest.json'), manifest)
    if (source) await writeFile(join(root, name, 'SKILL.md'), source)
  }

  test.each([
    ['no JSON', '{', /^mine\/manifest\.json: is not JSON/],
    ['no version', { ...good, version: undefined }, /^mine\/manifest\.json: version: /],
    ['a word for a version', { ...good, version: 'new' }, 'mine/manifest.json: version: a version like 1.2.0'],
    ['no role', { ...good, roles: [] }, 'mine/manifest.json: roles: name at least one role, worker say'],
    ['a role that is no word', { ...good, roles: ['The Boss'] }, /^mine\/manifest\.json: roles\.0: lower-case words/],
    ['a field nobody knows', { ...good, role: 'worker' }, /Unrecognized key: "role"/],
    [
      'another name than its folder',
      { ...good, name: 'yours' },
      'mine/manifest.json: name: is yours, but its folder is mine',
    ],
    [
      'a need for what is not there',
      { ...good, requires: ['more'] },
      'mine/manifest.json: requires: there is no skill more',
    ],
  ])('(%s) is told of by field, and the others work', async (_, manifest, message) => {
    await make(typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
    const { skills, problems } = listAvailableSkills([packaged, root])
    expect(skills).toHaveLength(3)
    expect(problems.map(sayProblem)).toEqual([
      expect.stringMatching(typeof message === 'string' ? new RegExp(`^${literally(message)}$`) : message),
    ])
  })

  test.each([
    ['no text', undefined, 'mine/SKILL.md: is missing'],
    ['no heading', 'Do it.', 'mine/SKILL.md: name: '],
    [
      'another name in the heading',
      text.replace('name: mine', 'name: yours'),
      'mine/SKILL.md: name: is yours, but the manifest says mine',
    ],
  ])('(%s) too', async (_, source, message) => {
    await make(JSON.stringify(good), source ?? '')
    expect(listAvailableSkills([root]).problems.map(sayProblem)).toEqual([expect.stringContaining(message)])
  })

  test('is refused by name with what is wrong, and an unknown one with what there is', async () => {
    await make(JSON.stringify({ ...good, version: 1 }))
    expect(refusal(() => loadSkill('mine', [root]))).toMatchObject({ error: 'invalid_input', field: 'version' })
    expect(refusal(() => loadSkill('maestro-wroker', [packaged]))).toMatchObject({
      error: 'skill_not_found',
      validValues: ['maestro-cli', 'maestro-orchestrator', 'maestro-worker'],
    })
    expect(loadSkill('maestro-worker', [root, packaged]).text).toMatch(/^# Working on a task/)
  })

  test('two that need each other are no endless loop, and the earlier folder wins', async () => {
    await make(JSON.stringify({ ...good, requires: ['other'] }))
    const other = { ...good, name: 'other', requires: ['mine'] }
    await make(JSON.stringify(other), text.replace('name: mine', 'name: other'), 'other')
    expect(namesOf(getSkillsForRole('worker', [root]).skills).sort()).toEqual(['mine', 'other'])
    await cp(join(root, 'mine'), join(root, 'second/mine'), { recursive: true })
    expect(listAvailableSkills([root, join(root, 'second'), join(root, 'none')]).skills[0]?.dir).toBe(
      join(root, 'mine'),
    )
  })

  test('with the name of one that comes first is left out and told of: no skill of Maestro is replaced in silence', async () => {
    const own = { ...good, name: 'maestro-worker' }
    await make(JSON.stringify(own), text.replace('name: mine', 'name: maestro-worker'), 'maestro-worker')
    const { skills, problems } = listAvailableSkills([packaged, root])
    expect(skills.find(({ name }) => name === 'maestro-worker')?.dir).toBe(join(packaged, 'maestro-worker'))
    expect(problems).toMatchObject([{ dir: join(root, 'maestro-worker'), file: 'manifest.json', field: 'name' }])
    expect(sayProblem(problems[0]!)).toContain('is the name of the skill in')
  })
})

describe('a skill of the user’s own', () => {
  const write = async (name: string, more: object = {}, folder = join(root, name)) => {
    await mkdir(folder, { recursive: true })
    const manifest = { name, version: '1.0.0', description: `About ${name}`, roles: ['worker'], ...more }
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
    await writeFile(join(folder, 'SKILL.md'), `---\nname: ${name}\ndescription: About ${name}\n---\nDo ${name}.\n`)
  }
  const dirs = () => [packaged, root]

  test('is taught to the roles that it names, after what it requires', async () => {
    await write('our-style', { requires: ['our-words'] })
    await write('our-words', { roles: ['nobody'] })
    expect(namesOf(getSkillsForRole('worker', dirs()).skills)).toEqual([
      ...['maestro-cli', 'maestro-worker', 'our-words', 'our-style'],
    ])
    expect(namesOf(getSkillsForRole('orchestrator', dirs()).skills)).not.toContain('our-style')
  })

  test('is taught to whom it is given by name, once, whatever its roles', async () => {
    await write('our-style')
    await write('release', { roles: ['nobody'] })
    const names = namesOf(getSkillsForRole('worker', dirs(), ['release', 'our-style', 'release']).skills)
    expect(names).toEqual(['maestro-cli', 'maestro-worker', 'our-style', 'release'])
    expect(namesOf(getSkillsForRole('orchestrator', dirs(), ['maestro-worker']).skills)).toContain('maestro-worker')
  })

  test('given by name is refused when it is bad, with file, field and why, and one that is not there with what there is', async () => {
    await write('our-style', { roles: [] })
    expect(refusal(() => getSkillsForRole('worker', dirs(), ['our-style']))).toMatchObject({
      ...{ error: 'invalid_input', field: 'roles' },
      message: 'The skill our-style cannot be used: our-style/manifest.json: roles: name at least one role, worker say',
    })
    expect(refusal(() => getSkillsForRole('worker', dirs(), ['our-stile']))).toMatchObject({ error: 'skill_not_found' })
    expect(namesOf(getSkillsForRole('worker', dirs()).skills)).toEqual(['maestro-cli', 'maestro-worker'])
  })

  test('may be kept in a repository and linked from here, and is named whether it is good or bad', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'maestro-repository-'))
    await write('our-style', {}, join(elsewhere, 'our-style'))
    await symlink(join(elsewhere, 'our-style'), join(root, 'our-style'))
    await mkdir(join(root, 'broken'))
    await mkdir(join(root, 'No Name'))
    expect(skillNames(dirs())).toEqual(['broken', 'maestro-cli', 'maestro-orchestrator', 'maestro-worker', 'our-style'])
    expect(loadSkill('our-style', dirs()).text).toBe('Do our-style.')
    await rm(elsewhere, { recursive: true })
  })

  test('brings its other files into the plugin of the process', async () => {
    await write('our-style')
    await mkdir(join(root, 'our-style/reference'))
    await writeFile(join(root, 'our-style/reference/words.md'), 'Words')
    writePlugin(join(root, '.plugin'), getSkillsForRole('worker', dirs()).skills)
    expect(await readFile(join(root, '.plugin/skills/our-style/reference/words.md'), 'utf8')).toBe('Words')
    expect(await readFile(join(root, '.plugin/skills/our-style/SKILL.md'), 'utf8')).toContain('Do our-style.')
  })
})

describe('installing', () => {
  const { skills } = listAvailableSkills([packaged])
  test('copies every skill to where agents look, and again only what changed', async () => {
    const target = skillsFolder(root)
    expect(target).toBe(join(root, '.agents-ui/maestro-skills'))
    expect(installSkills(skills, target).map(({ change }) => change)).toEqual(['installed', 'installed', 'installed'])
    expect(listAvailableSkills([target])).toMatchObject({
      problems: [],
      skills: skills.map(({ name, text }) => ({ name, text })),
    })
    await writeFile(join(target, 'maestro-cli/SKILL.md'), 'old')
    expect(installSkills(skills, target).map(({ change }) => change)).toEqual(['updated', 'unchanged', 'unchanged'])
    expect((await readdir(target)).sort()).toEqual(namesOf(skills))
  })

  test('for one process makes a plugin of Claude Code', async () => {
    writePlugin(join(root, 'plugin'), skills)
    expect(JSON.parse(await readFile(join(root, 'plugin/.claude-plugin/plugin.json'), 'utf8'))).toMatchObject({
      name: 'maestro',
      version: '0.1.0',
    })
    expect(await readFile(join(root, 'plugin/skills/maestro-worker/SKILL.md'), 'utf8')).toMatch(
      /^---\n+name: maestro-worker\n/,
    )
  })
})

/** The command lines in a text: in blocks of code, and in the middle of a line. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'))
  const inline = [...text.replace(/```.*?```/gs, '').matchAll(/`(maestro [^`]+)`/g)].map(([, command = '']) => command)
  return [...blocks, ...inline]
}

function wordsOf(command: string): string[] {
  const filled = command
    .replaceAll(/<(?:own )?task>/g, task)
    .replaceAll('<sub>', 'sub_7f2mz0ka')
    .replaceAll('<session>', 'sess_9vk3n2aq')
  const [, ...words] = [...filled.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
  return words
}

function refusal(run: () => unknown) {
  try {
    run()
  } catch (error) {
    if (error instanceof MaestroError) return error.toJSON()
    throw error
  }
  throw new Error('nothing was refused')
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
