import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { SessionId, SpawnerId, SubtaskId, TaskId } from '../../protocol/ids.ts'
import type { Priority } from '../../protocol/model.ts'
import type { CommandType, Input } from '../../protocol/project.ts'
import { orNotice } from './notices.ts'

export type NewTask = { title: string; description?: string; priority?: Priority; needs?: TaskId[] }
export type NewSession = {
  tasks: TaskId[]
  profile: string
  workspace: string
  prompt?: string
  spawner?: SpawnerId | null
  label?: string | null
}

/** All that a person can ask of a project here. Each answers whether it was done; why not is said in a notice. */
export function makeActions(client: Client) {
  const ask = async <T extends CommandType>(type: T, input: Input<T>): Promise<boolean> =>
    (await orNotice(client.execute(type, input))) !== undefined

  return {
    async createTask(given: NewTask): Promise<TaskId | undefined> {
      const task = newId('task')
      return (await ask('task.create', { task, ...given })) ? task : undefined
    },
    editTask: (task: TaskId, changes: Partial<NewTask>) => ask('task.edit', { task, ...changes }),
    note: (task: TaskId, text: string) => ask('task.note', { task, text }),
    release: (task: TaskId) => ask('task.release', { task }),
    block: (task: TaskId, reason: string) => ask('task.block', { task, reason }),
    unblock: (task: TaskId) => ask('task.unblock', { task }),
    review: (task: TaskId) => ask('task.review', { task }),
    complete: (task: TaskId) => ask('task.complete', { task }),
    reopen: (task: TaskId) => ask('task.reopen', { task }),
    cancel: (task: TaskId) => ask('task.cancel', { task }),
    deleteTask: (task: TaskId) => ask('task.delete', { task }),
    addSubtask: (task: TaskId, title: string) => ask('subtask.create', { task, subtask: newId('sub'), title }),
    renameSubtask: (task: TaskId, subtask: SubtaskId, title: string) => ask('subtask.edit', { task, subtask, title }),
    tickSubtask: (task: TaskId, subtask: SubtaskId, done: boolean) =>
      ask(done ? 'subtask.complete' : 'subtask.reopen', { task, subtask }),
    deleteSubtask: (task: TaskId, subtask: SubtaskId) => ask('subtask.delete', { task, subtask }),
    async spawn(given: NewSession): Promise<SessionId | undefined> {
      const session = newId('sess')
      return (await ask('session.spawn', { session, ...given })) ? session : undefined
    },
    renameMachine: (spawner: SpawnerId, name: string) => ask('spawner.rename', { spawner, name }),
    drainMachine: (spawner: SpawnerId, drains: boolean) =>
      ask(drains ? 'spawner.drain' : 'spawner.undrain', { spawner }),
    revokeMachine: (spawner: SpawnerId) => ask('spawner.revoke', { spawner }),
    thaw: () => ask('project.thaw', {}),
    stopSession: (session: SessionId) => ask('session.stop', { session }),
  }
}
