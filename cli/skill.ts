import { join, sep } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import type { Skill } from '../skills/loader.ts'
import type { Context } from './context.ts'
import { found } from './context.ts'
import { pathIn } from './folder.ts'
import { type Column, table } from './look.ts'
import { noun, written } from './noun.ts'

const Listed = z.object({
  name: z.string(),
  version: z.string(),
  roles: z.array(z.string()),
  description: z.string(),
  from: z.enum(['maestro', 'you']).describe('Whose it is: it came with Maestro, or lies in the folder of your own'),
  dir: z.string(),
})
const Problem = z.object({ dir: z.string(), file: z.string(), field: z.string(), message: z.string() })
const Shown = Listed.extend({ requires: z.array(z.string()), source: z.string(), text: z.string() })
const Installed = z.object({
  name: z.string(),
  version: z.string(),
  path: z.string(),
  change: z.enum(['installed', 'updated', 'unchanged']),
})

/** What agents are taught: by the package, and by what lies in the home's own folder. Installing copies all to where any agent looks. */
export function skill(context: Context): Command {
  return noun('skill', 'What agents are taught about Maestro', [list(context), show(context), install(context)])
}

async function here({ settings: { home } }: Context) {
  const [{ packageRoot }, loader] = await Promise.all([import('../embedded/package.ts'), import('../skills/loader.ts')])
  const own = join(packageRoot, 'skills')
  const from = ({ dir }: Skill) => (dir.startsWith(own + sep) ? ('maestro' as const) : ('you' as const))
  return { ...loader, dirs: [own, home.skills], from }
}

function list(context: Context): Command {
  const options: [string, string][] = [['--role <role>', 'Only what an agent in this role is taught']]
  const examples = ['maestro skill list', 'maestro skill list --role worker --json']
  const output = z.object({ items: z.array(Listed), problems: z.array(Problem) })
  const about = { options, examples, output, who: 'anyone' as const }
  return written(context, 'list', 'Skills, and the roles they are for', about, async (_, { role }) => {
    const { dirs, from, listAvailableSkills, getSkillsForRole, sayProblem } = await here(context)
    const { skills, problems } = role === undefined ? listAvailableSkills(dirs) : getSkillsForRole(String(role), dirs)
    if (!context.flags.json) for (const problem of problems) context.say(sayProblem(problem))
    const items = skills.map((skill) => {
      const { name, version, roles, description, dir } = skill
      return { name, version, roles, description, from: from(skill), dir }
    })
    const columns: Column<(typeof items)[number]>[] = [
      { title: 'name', cell: ({ name }) => name },
      { title: 'version', cell: ({ version }) => version, spare: true },
      { title: 'roles', cell: ({ roles }) => roles.join(' ') },
      { title: 'from', cell: ({ from, dir }) => (from === 'you' ? dir : from), flexible: true },
      { title: 'what for', cell: ({ description }) => description, flexible: true },
    ]
    return found({ items, problems }, ({ items }, look) => (items.length ? table(items, columns, look) : ''))
  })
}

function show(context: Context): Command {
  return written(
    context,
    'show',
    'A skill, as an agent reads it',
    { args: [['<skill>', 'Its name']], examples: ['maestro skill show maestro-worker'], output: Shown, who: 'anyone' },
    async ([name]) => {
      const { dirs, from, loadSkill } = await here(context)
      const skill = loadSkill(name!, dirs)
      return found({ ...skill, from: from(skill) }, ({ source }) => source.trimEnd())
    },
  )
}

function install(context: Context): Command {
  return written(
    context,
    'install',
    'Copy the skills to where agents of any kind find them',
    {
      args: [['[skill]', 'Only this one']],
      options: [['--to <folder>', 'Where to (default: ~/.agents-ui/maestro-skills)']],
      examples: ['maestro skill install', 'maestro skill install maestro-worker --to .claude/skills'],
      output: z.object({ items: z.array(Installed) }),
      who: 'owner',
    },
    async ([name], { to }) => {
      const { dirs, loadSkill, listAvailableSkills } = await here(context)
      const { installSkills, skillsFolder } = await import('../skills/install.ts')
      const skills = name === undefined ? listAvailableSkills(dirs).skills : [loadSkill(name, dirs)]
      const folder = to === undefined ? skillsFolder(context.io.env.HOME) : pathIn(context.io, String(to))
      return found({ items: installSkills(skills, folder) }, ({ items }, { paint }) =>
        items
          .map(({ name, version, path, change }) => `${paint.green('✓')} ${name} ${version} ${change} (${path})`)
          .join('\n'),
      )
    },
  )
}
