import type { TaskId } from '../protocol/ids.ts'
import type { Session, Task } from '../protocol/model.ts'
import type { Skill } from '../skills/loader.ts'
import { primer, sayPrimer } from '../skills/prime.ts'
import { formatSkillsForPrompt } from '../skills/prompt.ts'

/** All descriptions together, in bytes: a system takes no argument over 128 kB, and the prompt is one. */
const MOST_DESCRIBED = 40_000

/** What an agent is started for. `first` is the task its commands are about. */
export type Brief = { session: Session; tasks: Task[] }

/** What is said to an agent first: its tasks, what the person asked, and last the skills, which end with the command that completes its task. */
export function promptFor({ session, tasks }: Brief, skills: readonly Skill[]): string {
  const task = tasks[0]?.id
  const skill = formatSkillsForPrompt(skills, { session: session.id, role: session.role, ...(task && { task }) })
  const limit = Math.floor(MOST_DESCRIBED / Math.max(1, tasks.length))
  return [...tasks.map((one) => describeTask(one, limit)), session.prompt, skill].filter(Boolean).join('\n\n')
}

function describeTask({ id, title, description, acceptance, subtasks }: Task, limit: number): string {
  const steps = subtasks.map((sub) => `- [${sub.status === 'done' ? 'x' : ' '}] ${sub.id} ${sub.title}`)
  const list = steps.length ? `Subtasks:\n${steps.join('\n')}` : ''
  const done = acceptance && `It is done when: ${clipped(acceptance, limit, id)}`
  return [`# ${title}\n\nThis is task ${id}.`, clipped(description, limit, id), done, list].filter(Boolean).join('\n\n')
}

function clipped(text: string, limit: number, id: TaskId): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  return `${new TextDecoder().decode(bytes.subarray(0, limit), { stream: true })}… (the rest: maestro task show ${id})`
}

/** What an agent is told at every start of its context, after it was compacted or cleared too: it is short. */
export function contextFor({ session, tasks }: Brief): string {
  const { lines, commands } = primer({ role: session.role, session, tasks })
  return sayPrimer({ lines, commands: [{ when: 'This, as it is by then', run: 'maestro prime' }, ...commands] })
}

/** Stands behind the agent's own system prompt. */
export function systemFor({ session }: Brief): string {
  return `You run under Maestro, which shows people what you do. You are session ${session.id}. The \`maestro\` command is on your PATH: use it to report progress and to complete your task.`
}
