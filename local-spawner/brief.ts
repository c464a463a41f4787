import type { Session, Task } from '../protocol/model.ts'
import type { Skill } from '../skills/loader.ts'
import { primer, sayPrimer } from '../skills/prime.ts'
import { formatSkillsForPrompt } from '../skills/prompt.ts'
import { packagedSkills } from './programs.ts'

/** What stands in the tasks, and what skills of the user's own say, all together, in bytes: a system takes no argument over 128 kB, and the prompt is one. */
const MOST_DESCRIBED = 40_000
const MOST_TAUGHT = 12_000

/** What an agent is started for: its tasks, in the order in which it is to do them. */
export type Brief = { session: Session; tasks: Task[] }

/** What is said to an agent first: its tasks, what the person asked, and last the skills, which end with the command that it finishes with. */
export function promptFor({ session, tasks }: Brief, skills: readonly Skill[]): string {
  const own = skills.filter(({ dir }) => !dir.startsWith(packagedSkills))
  const most = Math.floor(MOST_TAUGHT / Math.max(1, own.length))
  const taught = skills.map((skill) =>
    own.includes(skill) ? { text: clipped(skill.text, most, `maestro skill show ${skill.name}`) } : skill,
  )
  const ids = tasks.map(({ id }) => id)
  const skill = formatSkillsForPrompt(taught, { session: session.id, role: session.role, tasks: ids })
  const limit = Math.floor(MOST_DESCRIBED / Math.max(1, tasks.length))
  const before = session.resumes && `You go on with what you did as ${session.resumes}; now you are ${session.id}.`
  return [before, ...tasks.map((one) => describeTask(one, limit)), session.prompt, skill].filter(Boolean).join('\n\n')
}

/** A task in at most `limit` bytes, its title and a few words aside: half for what is to be done, a quarter for how to see it, a quarter for its steps. */
function describeTask({ id, title, description, acceptance, subtasks }: Task, limit: number): string {
  const rest = `maestro task show ${id}`
  const steps = subtasks.map((sub) => `- [${sub.status === 'done' ? 'x' : ' '}] ${sub.id} ${sub.title}`)
  const list = steps.length ? `Subtasks:\n${clipped(steps.join('\n'), limit / 4, rest)}` : ''
  const done = acceptance && `It is done when: ${clipped(acceptance, limit / 4, rest)}`
  const what = clipped(description, limit / 2, rest)
  return [`# ${title}\n\nThis is task ${id}.`, what, done, list].filter(Boolean).join('\n\n')
}

function clipped(text: string, limit: number, rest: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  return `${new TextDecoder().decode(bytes.subarray(0, limit), { stream: true })}… (the rest: ${rest})`
}

/** What an agent is told at every start of its context, after it was compacted or cleared too: it is short. */
export function contextFor({ session, tasks }: Brief): string {
  const { lines, commands } = primer({ role: session.role, session, tasks })
  return sayPrimer({ lines, commands: [{ when: 'This, as it is by then', run: 'maestro prime' }, ...commands] })
}

/** Stands behind the agent's own system prompt. */
export function systemFor({ session }: Brief): string {
  const own = session.place?.worktree
    ? ` You work in a git worktree of your own, on the branch ${session.place.branch}: commit there what is to be kept.`
    : ''
  return `You run under Maestro, which shows people what you do. You are session ${session.id}. The \`maestro\` command is on your PATH: use it to report progress and to complete your task.${own}`
}
