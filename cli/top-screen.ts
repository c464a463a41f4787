import type { Client } from '../client/client.ts'
import { Live, type LiveStatus } from '../client/live.ts'
import { plainKeeper, Replica } from '../client/replica.ts'
import { MaestroError } from '../protocol/errors.ts'
import { SessionId } from '../protocol/ids.ts'
import type { Entry } from '../protocol/project.ts'
import { attachOnce } from './attach.ts'
import { Canvas } from './canvas.ts'
import type { Context, Tty } from './context.ts'
import { Interrupted, interruptible } from './interrupt.ts'
import { openHere, signInLink } from './system.ts'
import { refusalOf } from './terminal-access.ts'
import { Details } from './top-details.ts'
import { drawTop, paneHeight, type View } from './top-draw.ts'
import { type Key, keysIn } from './top-keys.ts'
import { type Row, type Section, sectionsOf } from './top-rows.ts'
import { visible } from './visible.ts'

/** The screen is drawn so often at most (ms apart)… */
const FRAME_MS = 100
/** …and at least, for time is on it. */
const TICK_MS = 1_000
const NOTICE_MS = 5_000

/** Shows the fleet until it is left. */
export async function showTop(context: Context, tty: Tty): Promise<undefined> {
  const client = await context.project()
  await client.query('session.list', { limit: 1 }) // what would keep it from looking is said before the screen is taken
  const goesOn = { message: 'Agents go on without this.', next: ['maestro top'] }
  const left = await interruptible(
    context,
    () => goesOn,
    (signal) => new Top(context, tty, client, signal).until(),
  )
  if (left === 'interrupted') throw new Interrupted(goesOn.message, goesOn.next)
}

class Top {
  #context: Context
  #tty: Tty
  #client: Client
  #signal: AbortSignal
  #canvas: Canvas
  #keeper = plainKeeper()
  #live: Live
  #sections: Section[] = []
  #details: Details | undefined
  #view: View = {
    ...{ selected: undefined, scrolled: 0, details: undefined, help: false, question: undefined, notice: undefined },
    connection: { state: 'connecting' },
  }
  #yes: (() => Promise<void>) | undefined
  #frame: NodeJS.Timeout | undefined
  #tick: NodeJS.Timeout | undefined
  #noticeTimer: NodeJS.Timeout | undefined
  #drawnAt = 0
  #giveBack: (() => void) | undefined
  #left = Promise.withResolvers<'quit' | 'interrupted'>()

  constructor(context: Context, tty: Tty, client: Client, signal: AbortSignal) {
    this.#context = context
    this.#tty = tty
    this.#client = client
    this.#signal = signal
    this.#canvas = new Canvas(context.io.out)
    this.#live = new Live(client, new Replica(this.#keeper), {
      entries: (fresh) => this.#happened(fresh),
      snapshot: () => this.#soon(),
      status: (status) => this.#connection(status),
    })
  }

  async until(): Promise<'quit' | 'interrupted'> {
    const leave = () => {
      this.#leave()
      clearInterval(this.#tick)
      clearTimeout(this.#noticeTimer)
      this.#live.stop()
    }
    this.#signal.addEventListener('abort', leave) // at once: what is said next belongs on the other screen
    try {
      this.#enter()
      this.#tick = setInterval(() => this.#soon(), TICK_MS)
      this.#live.start()
      return await this.#left.promise
    } finally {
      leave()
    }
  }

  #enter(): void {
    this.#giveBack = this.#tty.take({
      keys: (bytes) => {
        for (const key of keysIn(bytes)) this.#press(key)
      },
      resized: () => {
        this.#canvas.forget()
        this.#draw()
      },
    })
    this.#canvas.forget()
    this.#draw()
  }

  #leave(): void {
    clearTimeout(this.#frame)
    this.#frame = undefined
    const giveBack = this.#giveBack
    this.#giveBack = undefined
    giveBack?.()
  }

  #happened(fresh: Entry[]): void {
    this.#details?.add(fresh)
    this.#soon()
  }

  #connection(status: LiveStatus): void {
    this.#view.connection = status
    const refusal = status.state === 'stopped' ? refusalOf(status) : undefined
    if (refusal) this.#left.reject(refusal)
    this.#soon()
  }

  #soon(): void {
    if (!this.#giveBack) return // somebody else has the screen
    this.#frame ??= setTimeout(() => this.#draw(), Math.max(0, this.#drawnAt + FRAME_MS - performance.now()))
  }

  #draw(): void {
    clearTimeout(this.#frame)
    this.#frame = undefined
    this.#drawnAt = performance.now()
    const { project } = this.#keeper
    const size = this.#tty.size()
    const look = { ...this.#context.look(), width: size.cols }
    this.#sections = sectionsOf(project)
    this.#keepSelection()
    this.#view.details = this.#details?.lines(project, look, paneHeight(size))
    const { lines, scrolled } = drawTop(visible(project.name), this.#sections, this.#view, size, look)
    this.#view.scrolled = scrolled
    this.#canvas.draw(lines, size.cols)
  }

  get #rows(): Row[] {
    return this.#sections.flatMap(({ rows }) => rows)
  }

  /** What is selected stays so wherever it goes; when it is gone, the first is. */
  #keepSelection(): void {
    const rows = this.#rows
    if (rows.some(({ id }) => id === this.#view.selected)) return
    this.#select(rows[0])
  }

  #select(row: Row | undefined): void {
    this.#view.selected = row?.id
    if (this.#details && row && row.id !== this.#details.id) this.#show(row.id)
  }

  #press(key: Key): void {
    if (this.#yes) return this.#answer(key)
    this.#view.notice = undefined
    const acts: Partial<Record<Key, () => void>> = {
      ...{ down: () => this.#move(1), j: () => this.#move(1), up: () => this.#move(-1), k: () => this.#move(-1) },
      ...{ home: () => this.#move(Number.NEGATIVE_INFINITY), end: () => this.#move(Number.POSITIVE_INFINITY) },
      enter: () => this.#toggle(),
      escape: () => this.#close(),
      a: () => void this.#attempt(() => this.#attach()),
      s: () => this.#askToStop(),
      o: () => void this.#attempt(() => this.#open()),
      '?': () => {
        this.#view.help = !this.#view.help
      },
      q: () => this.#left.resolve('quit'),
      'ctrl-c': () => this.#left.resolve('interrupted'),
    }
    acts[key]?.()
    this.#soon()
  }

  #move(by: number): void {
    const rows = this.#rows
    const at = rows.findIndex(({ id }) => id === this.#view.selected)
    this.#select(rows[Math.max(0, Math.min(rows.length - 1, at + by))])
  }

  #toggle(): void {
    const { selected } = this.#view
    this.#view.help = false
    if (this.#details) this.#details = undefined
    else if (selected) this.#show(selected)
  }

  #close(): void {
    this.#view.help = false
    this.#details = undefined
  }

  #show(id: string): void {
    const details = new Details(id)
    this.#details = details
    void this.#attempt(async () => {
      await details.load(this.#client)
    })
  }

  #askToStop(): void {
    const row = this.#rows.find(({ id }) => id === this.#view.selected)
    if (row?.kind !== 'session' || row.status.status === 'ended')
      return this.#say('Only a session at work can be stopped')
    this.#view.question = `Stop ${row.name} (${row.id})? y/n`
    this.#yes = async () => {
      await this.#client.execute('session.stop', { session: SessionId.parse(row.id) })
      this.#say(`${row.id} is told to stop`)
    }
  }

  #answer(key: Key): void {
    const yes = this.#yes!
    this.#yes = undefined
    this.#view.question = undefined
    if (key === 'y') void this.#attempt(yes)
    this.#soon()
  }

  async #attach(): Promise<void> {
    const { selected } = this.#view
    const session = SessionId.safeParse(selected)
    if (!session.success) return this.#say('Only a session has a terminal')
    this.#leave()
    try {
      await attachOnce(this.#context, this.#tty, session.data, false, this.#signal)
    } finally {
      if (!this.#signal.aborted) this.#enter()
    }
  }

  async #open(): Promise<void> {
    const { url } = await signInLink(this.#context)
    this.#say((await openHere(this.#context, url)) ? 'Opened in the browser' : url)
  }

  /** What is refused is told, and the rest goes on. */
  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      if (!(error instanceof MaestroError)) return this.#left.reject(error)
      this.#say(visible(error.message))
    }
    this.#soon()
  }

  #say(notice: string): void {
    this.#view.notice = notice
    clearTimeout(this.#noticeTimer)
    this.#noticeTimer = setTimeout(() => {
      this.#view.notice = undefined
      this.#soon()
    }, NOTICE_MS)
    this.#soon()
  }
}
