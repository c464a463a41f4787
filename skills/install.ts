import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Skill } from './loader.ts'

export type Installed = { name: string; version: string; path: string; change: 'installed' | 'updated' | 'unchanged' }

/** Where agents of any kind look for skills. */
export const skillsFolder = (home = homedir()): string => join(home, '.agents-ui', 'maestro-skills')

/** Copies `skills` to where agents find them. One that is there already in the same words is left as it is. */
export function installSkills(skills: readonly Skill[], target = skillsFolder()): Installed[] {
  mkdirSync(target, { recursive: true })
  return skills.map((skill) => installSkill(skill, join(target, skill.name)))
}

function installSkill({ name, version, dir, source }: Skill, path: string): Installed {
  const before = textAt(join(path, 'SKILL.md'))
  if (before === source && textAt(join(path, 'manifest.json')) === textAt(join(dir, 'manifest.json'))) {
    return { name, version, path, change: 'unchanged' }
  }
  replace(path, (fresh) => cpSync(dir, fresh, { recursive: true }))
  return { name, version, path, change: before === undefined ? 'installed' : 'updated' }
}

/** Makes the folder beside its place first, so that nobody reads half of it. */
function replace(path: string, fill: (fresh: string) => void): void {
  const fresh = mkdtempSync(join(dirname(path), '.new-'))
  fill(fresh)
  rmSync(path, { recursive: true, force: true })
  renameSync(fresh, path)
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined // what fs throws has a code
    throw error
  }
}

/**
 * Makes a plugin folder for `claude --plugin-dir DIR`, which gives one process these skills and leaves the user's own as
 * they are. The agent sees them as `maestro:<name>`.
 */
export function writePlugin(dir: string, skills: readonly Skill[]): void {
  const version = skills[0]?.version ?? '0.0.0'
  const plugin = { name: 'maestro', version, description: 'Working on tasks of Maestro', author: { name: 'Maestro' } }
  mkdirSync(join(dir, '.claude-plugin'), { recursive: true, mode: 0o700 })
  writeFileSync(join(dir, '.claude-plugin', 'plugin.json'), `${JSON.stringify(plugin, null, 2)}\n`)
  // Whole folders: a skill may name files of its own beside its text.
  for (const skill of skills) cpSync(skill.dir, join(dir, 'skills', skill.name), { recursive: true, dereference: true })
}
