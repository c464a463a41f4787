import type { ProjectFacts } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { ProjectId } from '../protocol/ids.ts'
import { nearest } from '../protocol/nearest.ts'
import type { Context } from './context.ts'
import { quote } from './quote.ts'

/** The project a command is about: the one that is set, else the only one there is. */
export async function chooseProject(context: Context): Promise<ProjectId> {
  const set = context.settings.find('project')
  if (set) return findProject(context, set.value)
  const { items } = await context.server.ask('project.list', {})
  const [only, ...others] = items
  if (!only)
    refuse('project_not_found', 'There is no project yet', { suggestion: 'maestro project create "My project"' })
  if (others.length === 0) return only.id
  refuse('invalid_input', `Which project? There are ${items.length}: ${items.map(describe).join(', ')}`, {
    field: 'project',
    suggestion: `maestro project use ${quote(only.name)}`,
    validValues: items.map(({ id }) => id),
  })
}

/** The project meant by `word`: its id, its name, or a beginning of either that fits only one. */
export async function findProject(context: Context, word: string): Promise<ProjectId> {
  const id = ProjectId.safeParse(word)
  if (id.success) return id.data
  const { items } = await context.server.ask('project.list', {})
  const found = matching(items, word)
  if (found.length === 1) return found[0]!.id
  if (found.length > 1) {
    refuse('ambiguous_id', `${word} may mean ${found.map(describe).join(' or ')}`, {
      field: 'project',
      suggestion: 'maestro project list',
      validValues: found.map(({ id }) => id),
    })
  }
  const near = nearest(
    word,
    items.map(({ name }) => name),
  )
  refuse('project_not_found', `There is no project ${word}${near ? `; did you mean ${near}?` : ''}`, {
    field: 'project',
    suggestion: near ? `maestro project use ${quote(near)}` : 'maestro project list',
    validValues: items.map(({ name }) => name),
  })
}

function matching(items: ProjectFacts[], word: string): ProjectFacts[] {
  const name = word.toLowerCase()
  const same = items.filter((item) => item.name.toLowerCase() === name)
  if (same.length) return same
  const id = word.startsWith('proj_') ? word : `proj_${word}`
  return items.filter((item) => item.id.startsWith(id) || item.name.toLowerCase().startsWith(name))
}

const describe = ({ name, id }: ProjectFacts) => `${name} (${id})`
