import type { SessionId, TaskId } from '../protocol/ids.ts'
import type { Skill } from './loader.ts'

/** Whose prompt it is: what is known is filled into the commands. */
export type PromptFor = { task?: TaskId; session?: SessionId; role?: string }

/** What an agent reads at its start. The last line is the exact command that completes its task, since what is read last is done. */
export function formatSkillsForPrompt(skills: readonly Skill[], { task, session, role }: PromptFor = {}): string {
  const who = session ? `You are session ${session} of Maestro${role ? ` (role: ${role})` : ''}.` : ''
  const what = task ? `Your task is ${task}.` : ''
  const intro = [who, what].filter(Boolean).join(' ')
  const texts = skills.map(({ text }) => (task ? fillIn(text, task) : text))
  const end = task
    ? `When all of it is done, run exactly this, with your own summary:\n\nmaestro task complete ${task} --summary "<what was done>"`
    : ''
  return [intro, ...texts, end].filter(Boolean).join('\n\n')
}

/** Where a worker reads `<task>` its own is meant; one who leads names other tasks, of which a command may have several. */
function fillIn(text: string, task: TaskId): string {
  return text.includes('maestro session spawn') ? text : text.replaceAll('<task>', task)
}
