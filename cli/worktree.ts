import type { Command } from 'commander'
import * as z from 'zod'
import type { Home } from '../local-spawner/home.ts'
import type { Worktree } from '../local-spawner/worktrees.ts'
import { refuse } from '../protocol/errors.ts'
import { ProjectId, SessionId, TaskId } from '../protocol/ids.ts'
import { type Context, found } from './context.ts'
import { ago, type Column, count, type Look, table } from './look.ts'
import { noun, written } from './noun.ts'
import { quote } from './quote.ts'

const Listed = z.object({
  name: z.string(),
  workspace: z.string(),
  path: z.string(),
  isThere: z.boolean().describe('Whether its folder is still there'),
  branch: z.string(),
  project: ProjectId,
  session: SessionId,
  tasks: z.array(TaskId),
  title: z.string().describe('Of its task when it was made'),
  status: z.enum(['running', 'ended']).describe('Whether its session is at work'),
  at: z.number().int().describe('When it was made'),
  commits: z.array(z.string()).describe('On no other branch, newest first'),
  changed: z.array(z.string()).describe('Files with changes that are in no commit'),
  untracked: z.array(z.string()).describe('New files that git does not know of'),
  problem: z.string().nullable().describe('Why that cannot be told'),
})

export function worktree(context: Context): Command {
  return noun('worktree', 'Git worktrees that sessions of this machine work in', [list(context), clean(context)])
}

function list(context: Context): Command {
  const examples = ['maestro worktree list', 'maestro worktree list --json']
  const output = z.object({ items: z.array(Listed) })
  const summary = 'The worktrees of this machine, and what each holds'
  return written(context, 'list', summary, { examples, output, who: 'owner' }, async () => {
    const { listWorktrees } = await import('../local-spawner/worktrees.ts')
    const items = await listWorktrees(await homeOf(context))
    return found({ items }, ({ items }, look) => (items.length ? inTable(items, look) : 'There are no worktrees'))
  })
}

function inTable(items: Worktree[], look: Look): string {
  const columns: Column<Worktree>[] = [
    { title: 'name', cell: ({ name }) => name },
    { title: 'workspace', cell: ({ workspace }) => workspace },
    { title: 'session', cell: ({ session, status }) => `${session} ${status}` },
    { title: 'task', cell: ({ tasks }) => tasks.join(' '), spare: true },
    { title: 'branch', cell: ({ branch }) => branch, flexible: true, spare: true },
    { title: 'holds', cell: (one) => counted(one) || 'nothing new', flexible: true },
    { title: 'made', cell: ({ at }) => ago(at, look.now), right: true },
  ]
  return table(items, columns, look)
}

function clean(context: Context): Command {
  return written(
    context,
    'clean',
    'Remove worktrees of sessions that have ended, unless something would be lost',
    {
      args: [['[names...]', 'Which; none: all without changes']],
      options: [['--force', 'Remove those named with all that is in them, too']],
      examples: ['maestro worktree clean', 'maestro worktree clean retry-payments-9vk3n2aq --force'],
      output: z.object({
        removed: z.array(z.string()),
        kept: z.array(Listed).describe('What would be lost with each'),
        running: z.array(z.string()).describe('Of sessions at work'),
      }),
      who: 'owner',
    },
    async ([given], { force }) => {
      const names = (given ?? []) as string[] // one argument that takes many
      const isForced = force === true
      if (isForced && names.length === 0) {
        refuse('invalid_input', '--force removes what is nowhere else: name the worktrees', {
          ...{ field: 'names', suggestion: 'maestro worktree list' },
        })
      }
      const home = await homeOf(context)
      const outcome = await cleaned(home, names, isForced)
      return found(outcome, inWords, outcome.kept.length ? ['maestro worktree list'] : [])
    },
  )
}

async function cleaned(home: Home, names: string[], force: boolean) {
  const { listWorktrees, cleanWorktree } = await import('../local-spawner/worktrees.ts')
  const all = await listWorktrees(home)
  const meant = names.length ? names.map((name) => named(all, name)) : all
  if (names.length) checkNamed(meant, force)
  const outcome = { removed: [] as string[], kept: [] as Worktree[], running: [] as string[] }
  for (const one of meant) {
    const holds = one.status === 'running' ? undefined : await cleanWorktree(home, one, force)
    if (one.status === 'running') outcome.running.push(one.name)
    else if (holds) outcome.kept.push({ ...one, ...holds })
    else outcome.removed.push(one.name)
  }
  return outcome
}

function named(all: Worktree[], name: string): Worktree {
  const matches = all.filter((one) => one.name === name || one.session === name)
  if (matches[0]) return matches[0]
  refuse('invalid_input', `There is no worktree ${name} on this machine`, {
    ...{ field: 'names', validValues: all.map(({ name }) => name), suggestion: 'maestro worktree list' },
  })
}

/** All or nothing: what is named is not half removed. */
function checkNamed(meant: Worktree[], force: boolean): void {
  const running = meant.find(({ status }) => status === 'running')
  if (running) {
    refuse('conflict', `${running.session} is at work in ${running.name}`, {
      suggestion: `maestro session stop ${running.session}`,
    })
  }
  const full = meant.filter((one) => counted(one))
  if (force || full.length === 0) return
  const lost = full.map((one) => `${one.name} has ${inDetail(one)}`).join('; ')
  const suggestion = `maestro worktree clean ${meant.map(({ name }) => quote(name)).join(' ')} --force`
  refuse('conflict', `This would be lost: ${lost}`, { suggestion })
}

/** `2 commits, 1 changed file`; '' when nothing would be lost. */
function counted({ commits, changed, untracked, problem }: Worktree): string {
  const parts = [
    commits.length && count(commits.length, 'commit'),
    changed.length && count(changed.length, 'changed file'),
    untracked.length && `${untracked.length} untracked`,
    problem,
  ]
  return parts.filter(Boolean).join(', ')
}

function inDetail({ commits, changed, untracked, problem }: Worktree): string {
  const some = (what: string, all: string[]) => all.length > 0 && `${what} (${all.join(', ')})`
  const parts = [
    some(`${count(commits.length, 'commit')} on no other branch`, commits),
    some(count(changed.length, 'changed file'), changed),
    some(count(untracked.length, 'untracked file'), untracked),
    problem && `something that cannot be looked at: ${problem}`,
  ]
  return parts.filter(Boolean).join(' and ')
}

function inWords({ removed, kept, running }: Awaited<ReturnType<typeof cleaned>>, { paint }: Look): string {
  const lines = [
    ...removed.map((name) => `${paint.green('✓')} ${name} is removed`),
    ...kept.map((one) => `${paint.yellow('•')} ${one.name} is kept: it has ${inDetail(one)}`),
    ...running.map((name) => `${paint.dim('•')} ${name} is at work`),
  ]
  return lines.join('\n') || 'There are no worktrees to remove'
}

async function homeOf(context: Context): Promise<Home> {
  const { homeAt } = await import('../local-spawner/home.ts')
  return homeAt(context.settings.home.root)
}
