import type { Command } from 'commander'
import * as z from 'zod'
import { type Actor, nameOf } from '../protocol/actor.ts'
import { Done } from '../protocol/answers.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import type { Change, Project } from '../protocol/model.ts'
import { decide, type Event } from '../protocol/project.ts'
import { changesOf } from '../protocol/undo.ts'
import { changeInWords, inWords, outcomeInWords, toldOf } from '../protocol/undo-words.ts'
import { type Context, found, type Result } from './context.ts'
import { ago, type Column, type Look, table } from './look.ts'
import { optionOf } from './option.ts'
import { change } from './verb.ts'

const lines = z.array(z.object({ what: z.string(), now: z.string().describe('What came of taking it back') }))
const TakenBack = Done.extend({ change: z.string().nullable(), undone: lines })
const TriedOut = z.object({ change: z.string().nullable(), undone: lines, dryRun: z.literal(true) })
const Item = z.object({
  ...{ change: z.string(), at: z.number().describe('ms since 1970'), what: z.string(), steps: z.array(z.string()) },
  why: z.string().nullable().describe('Why it cannot be taken back now; null: it can'),
  suggestion: z.string().nullable(),
})
const Listed = z.object({ items: z.array(Item) })

/** `maestro undo`: takes back what the one who asks did last to tasks. */
export function undo(context: Context): Command {
  return change(context, 'task.undo', {
    verb: 'undo',
    options: [
      optionOf('--list', 'Only say what can be taken back, newest first'),
      optionOf('--dry-run', 'Only say what would come of it'),
    ],
    instead: async (context, { list, dryRun, change }) => {
      if (list) return listed(context)
      return dryRun ? rehearsed(context, text(change)) : undefined
    },
    // A change that is named is taken back once, however often that is asked; a key of the caller's own sees to it too.
    fill: async (context, { change, idempotencyKey }) =>
      change === undefined && idempotencyKey ? {} : { change: await chosen(context, text(change)) },
    who: 'person',
    output: z.union([TakenBack, TriedOut, Listed]),
    examples: ['maestro undo', 'maestro undo --list', 'maestro undo --dry-run', 'maestro undo --change evt_019a4f'],
    result: ({ entries, duplicate }, { change = null }) => {
      const data = { ...linesOf(entries, change), entries, duplicate }
      return found(data, (data, look) => drawn(data, `${look.paint.green('✓')} taken back`, look))
    },
  })
}

const text = (given: unknown) => (typeof given === 'string' ? given : undefined)

/** A whole plan can be taken back; nobody reads five hundred lines. */
const SHOWN = 20

type Undone = { change: string | null; undone: z.infer<typeof lines> }

function drawn({ change, undone }: Undone, done: string, { paint }: Look): string {
  const lines = undone.slice(0, SHOWN).map(({ what, now }) => `${done}: ${what}; ${now}`)
  if (undone.length > SHOWN) lines.push(paint.dim(`  and ${undone.length - SHOWN} more`))
  return lines.join('\n') || `${paint.dim('–')} ${change} was taken back before`
}

/** What was taken back, and what came of it, as the events of an undo tell it. */
function linesOf(events: Event[], asked: string | null): Undone {
  const told = events.find(({ type }) => type === 'task:undone')
  if (told?.type !== 'task:undone') return { change: asked, undone: [] }
  const { change, what } = told.data
  return { change, undone: what.map((one) => ({ what: inWords(one), now: outcomeInWords(one, events) })) }
}

/** The id of the change that is meant: the one that `given` begins, else the newest of whoever asks. */
async function chosen(context: Context, given: string | undefined): Promise<string | undefined> {
  const project = await context.snapshot()
  if (given === undefined) return changesOf(project, nameOf(await whoAsks(context)))[0]?.id
  const like = (project.changes ?? []).map(({ id }) => id).filter((id) => id.startsWith(given))
  if (like.length < 2 || like.includes(given)) return like.length === 1 ? like[0] : given
  return refuse('ambiguous_id', `${given} begins ${like.length} changes`, { field: 'change', validValues: like })
}

async function rehearsed(context: Context, given: string | undefined): Promise<Result> {
  const change = await chosen(context, given)
  const events = foreseen(context, await context.snapshot(), await whoAsks(context), change)
  const data = { ...linesOf(events, change ?? null), dryRun: true }
  const next = events.length ? [`maestro undo --change ${data.change}`] : []
  return found(data, (data, look) => drawn(data, 'would be taken back', look), next)
}

/** What the server would make of it now: the same rules decide. */
function foreseen({ io }: Context, project: Project, by: Actor, change: string | undefined): Event[] {
  return decide(project, { type: 'task.undo', change }, { by, now: io.now() })
}

async function whoAsks(context: Context): Promise<Actor> {
  const { kind, key, name, scopes, session, spawner } = await context.server.ask('whoami', {})
  return { kind, key, name, scopes, ...(session && { session }), ...(spawner && { spawner }) }
}

type Item = z.infer<typeof Item>

async function listed(context: Context): Promise<Result> {
  const [project, by] = [await context.snapshot(), await whoAsks(context)]
  const items = changesOf(project, nameOf(by)).map((change) => itemOf(context, project, by, change))
  const columns: Column<Item>[] = [
    { title: 'change', cell: ({ change }) => change },
    { title: 'when', cell: ({ at }) => ago(at, context.io.now()), right: true },
    { title: 'what', cell: ({ what }) => what, flexible: true },
    { title: 'but', cell: ({ why }) => why ?? '', flexible: true },
  ]
  const next = items.filter(({ why }) => !why).map(({ change }) => `maestro undo --change ${change}`)
  return found({ items }, ({ items }, look) => (items.length ? table(items, columns, look) : ''), next.slice(0, 1))
}

function itemOf(context: Context, project: Project, by: Actor, { id, at, steps }: Change): Item {
  const told = steps.map(toldOf)
  const item = { change: id, at, what: changeInWords(told), steps: told.map(inWords) }
  try {
    foreseen(context, project, by, id)
    return { ...item, why: null, suggestion: null }
  } catch (error) {
    if (!(error instanceof MaestroError)) throw error
    return { ...item, why: error.message, suggestion: error.help.suggestion ?? null }
  }
}
