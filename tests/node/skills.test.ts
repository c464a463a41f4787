import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Io } from '../../cli/context.ts'
import { parses } from '../../cli/main.ts'
import { MaestroError } from '../../protocol/errors.ts'
import { installSkills, skillsFolder, writePlugin } from '../../skills/install.ts'
import { getSkillsForRole, listAvailableSkills, loadSkill, sayProblem } from '../../skills/loader.ts'
import { formatSkillsForPrompt } from '../../skills/prompt.ts'

const packaged = fileURLToPath(new URL('../../skills', import.meta.url))
const task = 'task_4hq1w8ze'
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

  test('are short enough to be read', () => {
    for (const { source } of listAvailableSkills([packaged]).skills) expect(source.split('\n').length).toBeLessThan(120)
  })
})

describe('every command in a skill', () => {
  const commands = listAvailableSkills([packaged]).skills.flatMap((skill) =>
    commandsIn(skill.text).map((command) => [skill.name, command] as const),
  )

  test.each(commands)('of %s is one that the CLI takes: %s', async (_, command) => {
    expect(await parses(wordsOf(command), nowhere)).toBe(true)
  })

  test('is in a list that a change of the texts would notice', () => expect(commands.length).toBeGreaterThan(25))

  test('that a worker is shown is one it may run', () => {
    const shown = getSkillsForRole('worker', [packaged]).skills.flatMap(({ text }) => commandsIn(text))
    const forbidden =
      /maestro (?:session (?:spawn|stop)|key|spawner|project (?:create|use)|config|task (?:cancel|delete|create|reopen)|up|down)\b/
    expect(shown.filter((command) => forbidden.test(command))).toEqual([])
    expect(shown).toContain(
      'maestro task complete <task> --summary "<what was done, how it was checked, what is left>"',
    )
  })
})

describe('a prompt', () => {
  const { skills } = getSkillsForRole('worker', [packaged])
  test('says who and what, has the task in every command, and ends with the one that completes it', () => {
    const prompt = formatSkillsForPrompt(skills, { task, session: 'sess_9vk3n2aq', role: 'worker' })
    expect(prompt).toMatch(/^You are session sess_9vk3n2aq of Maestro \(role: worker\)\. Your task is task_4hq1w8ze\./)
    expect(prompt).not.toContain('<task>')
    expect(prompt).not.toContain('---\nname:')
    expect(prompt.split('\n').at(-1)).toBe(`maestro task complete ${task} --summary "<what was done>"`)
  })
  test('of one who leads keeps the names of other tasks open', () => {
    const prompt = formatSkillsForPrompt(getSkillsForRole('orchestrator', [packaged]).skills, { task })
    expect(prompt).toContain('maestro session spawn <task> --profile claude')
    expect(prompt.split('\n').at(-1)).toBe(`maestro task complete ${task} --summary "<what was done>"`)
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
    .replaceAll('<task>', task)
    .replaceAll('<sub>', 'sub_7f2mz0ka')
    .replaceAll('<session>', 'sess_9vk3n2aq')
  const [, ...words] = [...filled.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
  return words
}

const nowhere: Io = {
  ...{ out: () => {}, err: () => {}, stdin: async () => '', takeInterrupts: () => {} },
  ...{ env: {}, cwd: '/', columns: undefined, terminal: { out: false, err: false }, now: () => 0 },
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
