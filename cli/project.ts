import type { Command } from 'commander'
import * as z from 'zod'
import { readJson, writeJson } from '../embedded/home.ts'
import { ProjectFacts } from '../protocol/answers.ts'
import { lostMs } from '../protocol/clock.ts'
import { directory } from '../protocol/directory.ts'
import { ProjectId } from '../protocol/ids.ts'
import { Project } from '../protocol/model.ts'
import { type Context, found } from './context.ts'
import { shortDuration } from './duration.ts'
import { pathIn } from './folder.ts'
import { ago, type Column, count, facts, table } from './look.ts'
import { noun, written } from './noun.ts'
import { overviewOf } from './overview.ts'
import { frozenText } from './overview-text.ts'
import { findProject } from './project-choice.ts'
import { projectEdit } from './project-edit.ts'
import { projectFreeze, projectThaw } from './project-freeze.ts'
import { verb } from './verb.ts'

export function project(context: Context): Command {
  return noun('project', 'Where tasks and sessions belong', [
    create(context),
    list(context),
    use(context),
    show(context),
    projectEdit(context),
    projectFreeze(context),
    projectThaw(context),
  ])
}

function create(context: Context): Command {
  return verb(
    context,
    directory['project.new'],
    'project.create',
    (input, id) => context.server.ask('project.new', input, id),
    {
      args: ['name'],
      omit: ['project'],
      output: z.object({ project: ProjectId, name: z.string(), inUse: z.boolean() }),
      fill: (_, __, make) => ({ project: make('proj') }),
      examples: ['maestro project create "Date library"'],
      result: ({ project }, { name }) => {
        const inUse = useFirst(context, project)
        const next = inUse ? ['maestro task create "What is to be done"'] : [`maestro project use ${project}`]
        return found(
          { project, name, inUse },
          ({ project, name }, { paint }) => `${paint.green('✓')} ${project}  ${name}${inUse ? ' (in use)' : ''}`,
          next,
        )
      },
    },
  )
}

/** The first project somebody makes is the one they go on with; later ones do not take its place by themselves. */
function useFirst(context: Context, project: ProjectId): boolean {
  if (context.settings.find('project') || context.session) return false
  keep(context, project)
  return true
}

function keep({ settings: { home } }: Context, project: ProjectId): void {
  writeJson(home.config, { ...readJson<object>(home.config), project })
}

function list(context: Context): Command {
  const output = z.object({ items: z.array(ProjectFacts.extend({ inUse: z.boolean() })) })
  const examples = ['maestro project list --json']
  return written(context, 'list', 'Projects', { examples, output, who: 'read' }, async () => {
    const { items } = await context.server.ask('project.list', {})
    const set = context.settings.find('project')
    const used = set && (await findProject(context, set.value).catch(() => undefined)) // a wrong setting is no reason not to list
    const columns: Column<z.infer<typeof ProjectFacts>>[] = [
      { title: 'id', cell: ({ id }) => id },
      { title: 'name', cell: ({ name, id }) => `${name}${id === used ? ' (in use)' : ''}`, flexible: true },
      { title: 'needs you', cell: ({ needsYou }) => (needsYou ? String(needsYou) : ''), right: true },
      { title: 'running', cell: ({ running }) => (running ? String(running) : ''), right: true, spare: true },
      { title: 'created', cell: ({ createdAt }) => ago(createdAt, context.io.now()), right: true, spare: true },
    ]
    return found(
      { items: items.map((item) => ({ ...item, inUse: item.id === used })) },
      ({ items }, look) => (items.length ? table(items, columns, look) : ''),
      items.length ? [] : ['maestro project create "My project"'],
    )
  })
}

function use(context: Context): Command {
  return written(
    context,
    'use',
    'Choose the project that commands are about',
    {
      args: [['<project>', 'Its id, its name or the beginning of either']],
      options: [['--here', 'For this folder and all below it (.maestro.json), not for all you do']],
      examples: ['maestro project use "Date library"', 'maestro project use proj_019a --here'],
      output: z.object({ project: ProjectId, name: z.string(), file: z.string() }),
      who: 'owner',
    },
    async ([word], { here }) => {
      const project = await findProject(context, word!)
      const { name } = await context.server.with({ project }).query('project.show', {}) // it must be there
      const file = here ? pathIn(context.io, '.maestro.json') : context.settings.home.config
      if (here) writeJson(file, { ...readJson<object>(file), project })
      else keep(context, project)
      return found(
        { project, name, file },
        ({ name, file }, { paint }) => `${paint.green('✓')} ${name} is in use (${file})`,
      )
    },
  )
}

function show(context: Context): Command {
  return written(
    context,
    'show',
    'A project, and how it stands',
    {
      args: [['[project]', 'Its id, its name or the beginning of either (default: the one in use)']],
      examples: ['maestro project show', 'maestro project show "Date library" --json'],
      output: Project,
      who: 'read',
    },
    async ([word]) => {
      const client = word ? context.server.with({ project: await findProject(context, word) }) : await context.project()
      const project = await client.query('project.show', {})
      const { needsYou, working, ready } = overviewOf(project)
      return found(
        project,
        (project, look) =>
          facts(
            [
              ['project', look.paint.bold(project.name)],
              ['id', project.id],
              ['frozen', project.frozen && look.paint.cyan(frozenText(project.frozen, look))],
              ['created', ago(project.createdAt, look.now)],
              ['tasks', `${count(Object.keys(project.tasks).length, 'task')}, ${ready.length} ready`],
              ['sessions', `${count(Object.keys(project.sessions).length, 'session')}, ${working.length} at work`],
              ['history', project.retention ? `kept ${count(project.retention, 'day')}` : ''],
              ['lost', project.lostAfter ? `sessions whose machine is away for ${shortDuration(lostMs(project))}` : ''],
              ['needs you', needsYou.length > 0 && String(needsYou.length)],
              [
                'machines',
                Object.values(project.spawners)
                  .map(({ name, status }) => `${name} (${status})`)
                  .join(', '),
              ],
            ],
            look,
          ),
        [project.frozen ? 'maestro project thaw' : 'maestro status'],
      )
    },
  )
}
