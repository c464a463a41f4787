import { type SubtaskId, shortId, type TaskId } from '../../../protocol/ids.ts'
import type { Input } from '../../../protocol/project.ts'
import type { Chance } from './chance.ts'

export type Planned = Input<'task.create'> & { task: TaskId }

const priorities = ['low', 'medium', 'medium', 'high', 'urgent'] as const

/**
 * Sixty tasks as a plan has them: four to begin with, a wide layer of twenty on top, three chains of eight, ten that
 * gather from several, and two at the end that wait for all of that.
 */
export function planOfSixty(chance: Chance, name: string): Planned[] {
  const plan: Planned[] = []
  const add = (title: string, needs: TaskId[] = []) => {
    const task = shortId('task', chance.bytes(8))
    const subtasks = Array.from({ length: chance.next() < 0.3 ? 2 : 1 }, (_, step) => ({
      subtask: shortId('sub', chance.bytes(8)) as SubtaskId,
      title: `Step ${step + 1}`,
    }))
    plan.push({ task, title: `${name} ${title}`, priority: chance.pick(priorities)!, needs, subtasks })
    return task
  }
  const some = (from: TaskId[], count: number) => [...new Set(Array.from({ length: count }, () => chance.pick(from)!))]

  const roots = Array.from({ length: 4 }, (_, i) => add(`root ${i + 1}`))
  const wide = Array.from({ length: 20 }, (_, i) => add(`wide ${i + 1}`, some(roots, 2)))
  const ends = Array.from({ length: 3 }, (_, chain) => {
    let last = chance.pick(roots)!
    for (let link = 1; link <= 8; link++) last = add(`chain ${chain + 1}.${link}`, [last])
    return last
  })
  const gathered = Array.from({ length: 10 }, (_, i) => add(`gather ${i + 1}`, some(wide, 3)))
  for (let i = 1; i <= 2; i++) add(`end ${i}`, [...ends, ...gathered])
  return plan
}
