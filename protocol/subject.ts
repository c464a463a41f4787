import type { Entry } from './project.ts'

/** The session and the task an entry is about, where it is about one. */
export function subjectOf(entry: Entry): { session?: string | undefined; task?: string | undefined } {
  const data = entry.data as { session?: string | { id: string } | null; task?: string | { id: string } } // what all events share
  return { session: idOf(data.session), task: idOf(data.task) }
}

function idOf(value: string | { id: string } | null | undefined): string | undefined {
  return typeof value === 'object' ? value?.id : value
}

/** Whether an entry is about what is named, as `entry.list` means it. */
export function isAbout(
  entry: Entry,
  { session, task }: { session?: string | undefined; task?: string | undefined },
): boolean {
  const subject = subjectOf(entry)
  const asked: readonly string[] = entry.type === 'session:spawn_request' ? entry.data.session.tasks : []
  const ofSession = session === undefined || subject.session === session || entry.by === session
  return ofSession && (task === undefined || subject.task === task || asked.includes(task))
}
