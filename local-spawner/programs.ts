import { existsSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** The package's own folder, whether this runs from source or from `dist/node`. */
export const packageRoot = findRoot(import.meta.dirname)

const isBuilt = import.meta.dirname.startsWith(join(packageRoot, 'dist') + sep)

/** Our own programs, each as a file for Node. */
export const programs = {
  maestro: program('maestro', 'cli/bin.ts'),
  holder: program('holder', 'local-spawner/holder.ts'),
  demoAgent: program('demo-agent', 'local-spawner/demo-agent.ts'),
}

/** The scripts by which Claude Code reports. */
export const claudeHooks = join(packageRoot, 'hooks/claude-code')
/** The folder of one agent's hooks. */
export const hooksOf = (agent: 'codex' | 'gemini-cli' | 'opencode'): string => join(packageRoot, 'hooks', agent)
export const packagedSkills = join(packageRoot, 'skills')

/** Where skills are looked for: those of the package come first, and keep their names. */
export const skillFolders = ({ skills }: { skills: string }): string[] => [packagedSkills, skills]

function program(name: string, source: string): string {
  return join(packageRoot, isBuilt ? `dist/node/${name}.js` : source)
}

function findRoot(from: string): string {
  if (existsSync(join(from, 'wrangler.toml'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('Maestro cannot find its own package folder: wrangler.toml is missing')
  return findRoot(parent)
}
