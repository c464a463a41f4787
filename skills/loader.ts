import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { Heading, Manifest, splitHeading } from './manifest.ts'

/** `source` is the whole SKILL.md, `text` what is in it for the agent, `dir` where it was found. */
export type Skill = Manifest & { dir: string; source: string; text: string }

/** Why a folder is no skill: which file, which field of it, and what should be there. */
export type SkillProblem = { dir: string; file: string; field: string; message: string }

export type Skills = { skills: Skill[]; problems: SkillProblem[] }

/**
 * All skills in `dirs`, by name. A bad one is told of, and left out; so is one with a name that is taken by a skill in an
 * earlier folder, since nobody is to be taught something else than what its name says.
 */
export function listAvailableSkills(dirs: readonly string[]): Skills {
  const problems: SkillProblem[] = []
  const skills = new Map<string, Skill>()
  for (const one of dirs.flatMap(foldersIn).map(readSkill)) {
    const taken = !('message' in one) && skills.get(one.name)
    if ('message' in one) problems.push(one)
    else if (taken) problems.push(sameName(one, taken))
    else skills.set(one.name, one)
  }
  const unmet = [...skills.values()].flatMap((skill) => unmetBy(skill, skills) ?? [])
  const usable = [...skills.values()].filter(({ dir }) => !unmet.some((problem) => problem.dir === dir))
  return { skills: usable.sort((a, b) => (a.name < b.name ? -1 : 1)), problems: [...problems, ...unmet] }
}

/** The names of all skills in `dirs`, good or bad: a bad one that is asked for is refused with what is wrong with it. */
export function skillNames(dirs: readonly string[]): string[] {
  const names = dirs.flatMap(foldersIn).map((dir) => basename(dir))
  return [...new Set(names)]
    .filter((name) => Manifest.shape.name.safeParse(name).success)
    .sort()
    .slice(0, MOST_SKILLS)
}

/** As many as a machine may announce. */
const MOST_SKILLS = 500

/** One skill. Refuses, with what there is instead or with what is wrong with it. */
export function loadSkill(name: string, dirs: readonly string[]): Skill {
  return named(name, listAvailableSkills(dirs))
}

function named(name: string, { skills, problems }: Skills): Skill {
  const skill = skills.find((one) => one.name === name)
  if (skill) return skill
  const problem = problems.find(({ dir }) => basename(dir) === name)
  if (problem) {
    refuse('invalid_input', `The skill ${name} cannot be used: ${sayProblem(problem)}`, {
      ...(problem.field && { field: problem.field }),
      suggestion: 'maestro skill list',
    })
  }
  const validValues = skills.map((one) => one.name)
  refuse('skill_not_found', `There is no skill ${name}`, {
    field: 'skill',
    suggestion: 'maestro skill list',
    validValues,
  })
}

/** What an agent in `role` should know, and what it was given by name, each skill after those that it requires. Refuses a name that will not do. */
export function getSkillsForRole(role: string, dirs: readonly string[], given: readonly string[] = []): Skills {
  const all = listAvailableSkills(dirs)
  const { skills, problems } = all
  const ordered = new Map<string, Skill>()
  const add = (skill: Skill, above: readonly string[]) => {
    if (above.includes(skill.name)) return // two that require each other: either order will do
    for (const name of skill.requires) {
      const needed = skills.find((one) => one.name === name)
      if (needed) add(needed, [...above, skill.name])
    }
    ordered.set(skill.name, skill)
  }
  for (const skill of skills) if (skill.roles.includes(role)) add(skill, [])
  for (const name of given) add(named(name, all), [])
  return { skills: [...ordered.values()], problems }
}

/** `maestro-x/manifest.json: roles: name at least one role` */
export function sayProblem({ dir, file, field, message }: SkillProblem): string {
  return [`${basename(dir)}/${file}`, field, message].filter(Boolean).join(': ')
}

function foldersIn(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true })
    const isFolder = (entry: Dirent) => entry.isDirectory() || entry.isSymbolicLink() // one kept in a repository
    const folders = entries.filter((entry) => isFolder(entry) && !entry.name.startsWith('.'))
    return folders.map(({ name }) => join(dir, name)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [] // what fs throws has a code; nothing is installed there yet
    throw error
  }
}

function readSkill(dir: string): Skill | SkillProblem {
  const manifest = readJson(dir, 'manifest.json')
  if ('message' in manifest) return manifest
  const source = readText(dir, 'SKILL.md')
  if (typeof source !== 'string') return source
  const parsed = Manifest.safeParse(manifest.json)
  if (!parsed.success) return problemOf(dir, 'manifest.json', parsed.error)
  const { heading, text } = splitHeading(source)
  const checked = Heading.safeParse(heading)
  if (!checked.success) return problemOf(dir, 'SKILL.md', checked.error)
  const { name } = parsed.data
  if (name !== basename(dir))
    return { dir, file: 'manifest.json', field: 'name', message: `is ${name}, but its folder is ${basename(dir)}` }
  if (name !== heading.name)
    return { dir, file: 'SKILL.md', field: 'name', message: `is ${heading.name}, but the manifest says ${name}` }
  return { ...parsed.data, dir, source, text }
}

function readText(dir: string, file: string): string | SkillProblem {
  try {
    return readFileSync(join(dir, file), 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code // what fs throws has a code
    return { dir, file, field: '', message: code === 'ENOENT' ? 'is missing' : `cannot be read (${code})` }
  }
}

function readJson(dir: string, file: string): { json: unknown } | SkillProblem {
  const text = readText(dir, file)
  if (typeof text !== 'string') return text
  try {
    return { json: JSON.parse(text) }
  } catch (error) {
    return { dir, file, field: '', message: `is not JSON: ${error instanceof Error ? error.message : error}` }
  }
}

function problemOf(dir: string, file: string, { issues: [issue] }: z.ZodError): SkillProblem {
  return { dir, file, field: issue?.path.join('.') ?? '', message: issue?.message ?? 'is not as it should be' }
}

function sameName({ dir, name }: Skill, first: Skill): SkillProblem {
  const message = `${name} is the name of the skill in ${first.dir}: give this one, and its folder, another`
  return { dir, file: 'manifest.json', field: 'name', message }
}

function unmetBy(skill: Skill, all: ReadonlyMap<string, Skill>): SkillProblem | undefined {
  const missing = skill.requires.find((name) => !all.has(name))
  if (!missing) return
  return { dir: skill.dir, file: 'manifest.json', field: 'requires', message: `there is no skill ${missing}` }
}
