import { formatDuration } from '../hooks/summary.ts'
import type { Project } from '../protocol/model.ts'
import type { Entry } from '../protocol/project.ts'
import { subjectOf } from '../protocol/subject.ts'
import { type Tone, tell } from '../protocol/told.ts'
import { type Look, shorten, wide } from './look.ts'

/** Of whom a line says that it is: whose session or task it was, who did it, or nobody. */
export type Who = 'subject' | 'actor' | 'none'

const WHO = 22
const WHAT = 9

const colors = { amber: 'yellow', blue: 'blue', green: 'green', red: 'red', grey: 'gray' } as const satisfies Record<
  Tone,
  string
>

/** An entry as a line for people: when, who, what; `known` is left out, where it begins so. Of a terminal's width, where there is one. */
export function entryLine(entry: Entry, project: Project, look: Look, who: Who, known = ''): string {
  const { paint, now, width } = look
  const { what, target, tone, ms, pending } = tell(entry, project)
  const head = [
    paint.dim(clock(entry.at, now)),
    ...(who === 'none' ? [] : [column(who === 'actor' ? actor(entry, project) : subject(entry, project), WHO)]),
    column(what, WHAT, tone && paint[colors[tone]]),
  ].join('  ')
  const tail = pending ? '…' : ms === undefined ? '' : formatDuration(ms)
  const text = (known && target.startsWith(known) ? target.slice(known.length) : target)
    .replace(/\s*[\n\t]\s*/g, ' ↵ ')
    .trim()
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - wide(head) - wide(tail) - 4
  return `${head}  ${room > 8 ? shorten(text, room) : text}${tail && `  ${paint.dim(tail)}`}`.trimEnd()
}

function column(text: string, size: number, paint = (text: string) => text): string {
  const cut = shorten(text, size)
  return paint(cut) + ' '.repeat(size - wide(cut))
}

function subject(entry: Entry, project: Project): string {
  const { session, task } = subjectOf(entry)
  const known = session ? project.sessions[session as keyof Project['sessions']] : undefined // undefined is no key there
  if (known) return known.name
  return (task && project.tasks[task as keyof Project['tasks']]?.title) || actor(entry, project)
}

function actor({ by }: Entry, { sessions, spawners }: Project): string {
  const known = sessions[by as keyof typeof sessions] ?? spawners[by as keyof typeof spawners] // other names are no keys there
  return known?.name ?? by.replace(/^person:/, '')
}

/** `14:02:11`, with the date when that was not today. */
export function clock(at: number, now: number): string {
  const [date, today] = [new Date(at), new Date(now)]
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  if (date.toDateString() === today.toDateString()) return time
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`
}

const two = (number: number) => String(number).padStart(2, '0')
