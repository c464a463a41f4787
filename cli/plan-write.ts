import { escapeText } from './markdown-line.ts'
import type { Plan, PlanFormat, PlanTask } from './plan-file.ts'

type Sparse = Partial<PlanTask> & Pick<PlanTask, 'name' | 'title'>

/** A plan as a file that reads as the same plan again. */
export async function writePlan({ title, tasks }: Plan, format: PlanFormat): Promise<string> {
  const value = { ...(title !== undefined && { title }), tasks: tasks.map(sparse) }
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`
  if (format === 'yaml') return (await import('./plan-yaml.ts')).writeYaml(value)
  return `${[...(title === undefined ? [] : [`# ${title}`]), ...value.tasks.map(section)].join('\n\n')}\n`
}

/** Only what is not as it would be anyway. */
function sparse({ name, title, body, acceptance, priority, labels, needs, subtasks }: PlanTask): Sparse {
  return {
    ...{ name, title },
    ...(priority !== 'medium' && { priority }),
    ...(labels.length && { labels }),
    ...(needs.length && { needs }),
    ...(body && { body }),
    ...(subtasks.length && { subtasks }),
    ...(acceptance && { acceptance }),
  }
}

function section({ name, title, priority, labels, needs, body, subtasks, acceptance }: Sparse): string {
  const fields = [
    `name: ${name}`,
    priority && `priority: ${priority}`,
    labels && `labels: ${labels.map(item).join(', ')}`,
    needs && `needs: ${needs.map(item).join(', ')}`,
  ]
  const parts = [
    [`## ${title}`, ...fields.filter(Boolean)].join('\n'),
    body && escapeText(body, true),
    subtasks && ['### Steps', ...subtasks.map((step) => `- [ ] ${step}`)].join('\n'),
    acceptance && `### Done when\n${escapeText(acceptance, false)}`,
  ]
  return parts.filter(Boolean).join('\n\n')
}

function item(text: string): string {
  return /^[\p{L}\p{N}_.-]+(?: [\p{L}\p{N}_.-]+)*$/u.test(text) ? text : JSON.stringify(text)
}
