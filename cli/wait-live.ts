import type { Client } from '../client/client.ts'
import { Live } from '../client/live.ts'
import { plainKeeper, Replica } from '../client/replica.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import type { Project } from '../protocol/model.ts'
import { atWorkFor, type Standing, standing, verdict } from '../protocol/waiting.ts'
import { connectionNews } from './connection-news.ts'
import type { Context, Result } from './context.ts'
import { interruptible } from './interrupt.ts'
import { visible } from './visible.ts'
import type { Waited } from './wait.ts'
import { again, resultOf } from './wait-result.ts'
import { type Came, cameTo, standingLine } from './wait-text.ts'

/** Time alone changes how things stand, too: rest becomes idleness, absence a reason. */
const LOOK_MS = 1_000

/** How a wait ended, and with what. */
export type Over = { is: Exclude<Standing['is'], 'pending'> | 'timed out'; items: Came[] }

/** Waits, telling people how things go, and answers what each came to; or refuses, with the same and the way on. */
export async function waitFor(context: Context, given: Waited): Promise<Result> {
  const client = await context.project()
  const project = await context.snapshot()
  checkNotOwn(project, given, context)
  const follows = given.ids.length === 0 && given.until === 'needs-you' // whoever comes to work later may need somebody too
  const waited = { ...given, ids: given.ids.length ? given.ids : atWorkFor(project, given.until, context.session) }
  const stands = (project: Project): Came[] => {
    const waiter = { now: context.io.now(), me: context.session }
    const ids = follows ? atWorkFor(project, given.until, context.session) : waited.ids
    return ids.map((id) => withWayOn(context, cameTo(project, standing(project, id, given.until, waiter))))
  }
  const goesOn = () => ({
    message: 'Stopped waiting. What was waited for goes on.',
    next: [again(follows ? given : waited)],
  })
  const over = await interruptible(context, goesOn, (signal) =>
    new Wait(context, waited, stands, project).over(client, signal),
  )
  return resultOf(context, follows ? given : waited, over)
}

/** What helps may not be for whoever asks: an agent cannot go to a browser, nor a worker start anybody. */
function withWayOn(context: Context, came: Came): Came {
  const { next, kind, id, status } = came
  if (next === null) return came
  const look = status === 'deleted' ? null : `maestro ${kind} show ${id}`
  const allowed = context.permits(next) ? next : look
  return { ...came, next: allowed && context.here(allowed) }
}

function checkNotOwn(project: Project, { ids }: Waited, { session }: Context): void {
  const isOwn = (id: string) =>
    id === session || project.tasks[id as keyof Project['tasks']]?.lease?.session === session // a session is no key there
  const own = session && ids.find(isOwn)
  if (!own) return
  refuse('invalid_input', `${own} is this session's own: it would wait for itself`, {
    field: 'ids',
    suggestion: 'maestro wait',
  })
}

class Wait {
  #context: Context
  #any: boolean
  #until: Waited['until']
  #deadline: number
  #stands: (project: Project) => Came[]
  #items: Came[]
  #told = new Map<string, string>()

  constructor(context: Context, { until, any, timeout }: Waited, stands: (project: Project) => Came[], now: Project) {
    this.#context = context
    this.#until = until
    this.#any = any
    this.#deadline = context.io.now() + (timeout ?? Number.POSITIVE_INFINITY)
    this.#stands = stands
    this.#items = stands(now)
  }

  /** Looks at once, and needs no connection when it is over already. */
  over(client: Client, signal: AbortSignal): Promise<Over> {
    const over = this.#verdict()
    return over ? Promise.resolve(over) : this.#follow(client, signal)
  }

  #follow(client: Client, signal: AbortSignal): Promise<Over> {
    const keeper = plainKeeper()
    const news = connectionNews(this.#context)
    let isLive = false
    return new Promise((resolve, reject) => {
      const look = () => {
        // What is known of a server that is away may not be so any more: only a wait that is too long ends on it.
        if (isLive) this.#items = this.#stands(keeper.project)
        const over = (isLive && this.#verdict()) || this.#late()
        if (over) end(() => resolve(over))
      }
      const live = new Live(client, new Replica(keeper), {
        status: (status) => {
          isLive = status.state === 'live'
          news(status)
          if (isLive) look()
          if (status.state === 'stopped' && status.reason !== 'closed') end(() => reject(ended()))
        },
      })
      const clock = setInterval(look, LOOK_MS)
      const end = (settle: () => void) => {
        clearInterval(clock)
        live.stop()
        settle()
      }
      signal.addEventListener('abort', () => end(() => undefined))
      live.start()
    })
  }

  #verdict(): Over | undefined {
    this.#tell()
    const is = verdict(this.#items, this.#until, this.#any)
    return is === 'pending' ? undefined : { is, items: this.#items }
  }

  #late(): Over | undefined {
    return this.#context.io.now() >= this.#deadline ? { is: 'timed out', items: this.#items } : undefined
  }

  /** Tells people what has changed. */
  #tell(): void {
    if (this.#context.flags.json) return
    for (const item of this.#items) {
      if (this.#told.get(item.id) === item.reason) continue
      this.#told.set(item.id, item.reason)
      this.#context.say(standingLine(visible(item), this.#context.look('err')))
    }
  }
}

function ended(): MaestroError {
  return new MaestroError('credentials_ended', 'The key of this connection has ended', { suggestion: 'maestro whoami' })
}
