import type { SessionId, TaskId } from '../protocol/ids.ts'
import type { Skill } from './loader.ts'
import { completing } from './prime.ts'

/** Whose prompt it is: what is known is filled into the commands. */
export type PromptFor = { tasks?: readonly TaskId[]; session?: SessionId; role?: string }

/** What an agent reads at its start. The last line is the exact command that it finishes with, since what is read last is done. */
export function formatSkillsForPrompt(
  skills: readonly Pick<Skill, 'text'>[],
  { tasks = [], session, role }: PromptFor = {},
): string {
  const who = session ? `You are session ${session} of Maestro${role ? ` (role: ${role})` : ''}.` : ''
  const intro = [who, whatOf(tasks)].filter(Boolean).join(' ')
  const [task, ...others] = tasks
  const fillIn = (text: string) => {
    if (!task || others.length > 0) return text
    // Where a worker reads of a task its own is meant; one who leads reads of others, too.
    return role === 'orchestrator' ? text.replaceAll('<own task>', task) : text.replaceAll('<task>', task)
  }
  const texts = skills.map(({ text }) => fillIn(text))
  return [intro, ...texts, endOf(tasks, role)].filter(Boolean).join('\n\n')
}

function whatOf(tasks: readonly TaskId[]): string {
  if (tasks.length === 0) return ''
  if (tasks.length === 1) return `Your task is ${tasks[0]}.`
  return `Your tasks, in this order: ${tasks.join(', ')}. Below, <task> or <own task> is the one you are at.`
}

function endOf(tasks: readonly TaskId[], role: string | undefined): string {
  if (tasks.length === 0) return ''
  const when =
    tasks.length === 1
      ? 'When all of it is done, run exactly this, with your own summary:'
      : 'When a task is done, run its command, with your own summary, before you begin the next. The last one finishes:'
  return `${when}\n\n${tasks.map((task) => completing(task, role)).join('\n')}`
}
