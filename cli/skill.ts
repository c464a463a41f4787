import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Context } from './context.ts'
import { found } from './context.ts'
import { type Column, table } from './look.ts'
import { noun, written } from './noun.ts'

/** What agents are taught. The files are those of the package; installing copies them to where any agent looks. */
export function skill(context: Context): Command {
  return noun('skill', 'What agents are taught about Maestro', [list(context), show(context), install(context)])
}

async function packaged() {
  const [{ packageRoot }, loader] = await Promise.all([import('../embedded/package.ts'), import('../skills/loader.ts')])
  return { ...loader, dirs: [join(packageRoot, 'skills')] }
}

function list(context: Context): Command {
  const options: [string, string][] = [['--role <role>', 'Only what an agent in this role is taught']]
  const examples = ['maestro skill list', 'maestro skill list --role worker --json']
  return written(context, 'list', 'Skills, and the roles they are for', { options, examples }, async (_, { role }) => {
    const { dirs, listAvailableSkills, getSkillsForRole, sayProblem } = await packaged()
    const { skills, problems } = role === undefined ? listAvailableSkills(dirs) : getSkillsForRole(String(role), dirs)
    for (const problem of problems) context.say(sayProblem(problem))
    const items = skills.map(({ name, version, roles, description, dir }) => ({
      name,
      version,
      roles,
      description,
      dir,
    }))
    const columns: Column<(typeof items)[number]>[] = [
      { title: 'name', cell: ({ name }) => name },
      { title: 'version', cell: ({ version }) => version },
      { title: 'roles', cell: ({ roles }) => roles.join(' ') },
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
    { args: [['<skill>', 'Its name']], examples: ['maestro skill show maestro-worker'] },
    async ([name]) => {
      const { dirs, loadSkill } = await packaged()
      return found(loadSkill(name!, dirs), ({ source }) => source.trimEnd())
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
    },
    async ([name], { to }) => {
      const { dirs, loadSkill, listAvailableSkills } = await packaged()
      const { installSkills, skillsFolder } = await import('../skills/install.ts')
      const skills = name === undefined ? listAvailableSkills(dirs).skills : [loadSkill(name, dirs)]
      const folder = to === undefined ? skillsFolder(context.io.env.HOME) : resolve(context.io.cwd, String(to))
      return found({ items: installSkills(skills, folder) }, ({ items }, { paint }) =>
        items
          .map(({ name, version, path, change }) => `${paint.green('✓')} ${name} ${version} ${change} (${path})`)
          .join('\n'),
      )
    },
  )
}
