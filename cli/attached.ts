import type { Client } from '../client/client.ts'
import { isTooLong, keysOf, wantsAsking } from '../client/paste.ts'
import type { SocketStatus } from '../client/socket.ts'
import { type Exit, type Presence, type Size, TerminalView } from '../client/terminal-view.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { SessionId } from '../protocol/ids.ts'
import { answerIn, preview, type Question, toPaste, toTakeOver } from './attach-question.ts'
import { ending, statusLine, typist } from './attach-text.ts'
import { Canvas } from './canvas.ts'
import type { Tty } from './context.ts'
import { MARK_PASTES, PasteReader } from './paste-reader.ts'
import { refusalOf } from './terminal-access.ts'
import { TerminalMirror } from './terminal-mirror.ts'

/** A screen is drawn so often at most (ms apart); more nobody sees. */
const FRAME_MS = 33
/** An update that its program does not finish is shown all the same. */
const LONGEST_UPDATE_MS = 100
const NOTICE_MS = 4_000

const MENU = 0x1d // Ctrl-]
const CTRL_C = 0x03

export type Wish = {
  client: Client
  id: SessionId
  name: string
  /** The key may type at all. */
  writes: boolean
  /** Why nothing may be typed here, if so; and why not right now, when somebody wants to. */
  mayNot: string | undefined
  whyNot: () => Promise<string | undefined>
  control: boolean
}

/** A session's terminal on this one. */
export class Attached {
  #tty: Tty
  #wish: Wish
  #out: (text: string) => void
  #canvas: Canvas
  #mirror = new TerminalMirror(() => this.#soon())
  #view: TerminalView
  #status: SocketStatus['state'] = 'connecting'
  #presence: Presence | undefined
  #exit: Exit | undefined
  #sealed = false
  #mayNot: string | undefined
  #reader = new PasteReader()
  #question: Question | undefined
  #menu = false
  #notice: string | undefined
  #noticeTimer: NodeJS.Timeout | undefined
  #frame: NodeJS.Timeout | undefined
  #drawnAt = 0
  #keyModes = ''
  #wantsControl: boolean
  #left = Promise.withResolvers<string>()

  constructor(out: (text: string) => void, tty: Tty, wish: Wish) {
    this.#tty = tty
    this.#wish = wish
    this.#out = out
    this.#canvas = new Canvas(out)
    this.#wantsControl = wish.control
    this.#mayNot = wish.mayNot
    this.#view = new TerminalView(wish.client, wish.id, {
      show: (bytes, size) => {
        this.#sealed = false
        this.#mirror.show(bytes, size)
      },
      write: (bytes) => this.#write(bytes),
      resize: (size) => this.#mirror.resize(size),
      presence: (presence) => this.#told(presence),
      takenOver: () => this.#say(`${typist(this.#presence)} took over: what you type goes nowhere`),
      sealed: () => {
        this.#sealed = true
        this.#soon()
      },
      exit: (exit) => {
        this.#exit = exit
        this.#soon()
      },
      status: (status) => this.#connection(status),
    })
  }

  /** Shows it until it is left; answers how. Rejects with what makes looking on impossible. */
  async until(signal: AbortSignal): Promise<string> {
    const giveBack = this.#tty.take({ keys: (bytes) => this.#heard(bytes), resized: () => this.#resized() })
    const leave = () => {
      signal.removeEventListener('abort', leave)
      clearTimeout(this.#frame)
      clearTimeout(this.#noticeTimer)
      this.#view.stop()
      giveBack()
    }
    signal.addEventListener('abort', leave) // at once: what is said next belongs on the other screen
    try {
      this.#out(MARK_PASTES) // whatever the program wants: a paste of many lines is asked about
      this.#draw()
      if (this.#mayNot) this.#say(this.#mayNot)
      this.#view.start()
      return await this.#left.promise
    } finally {
      if (!signal.aborted) leave()
    }
  }

  #connection(status: SocketStatus): void {
    this.#status = status.state
    const error = refusalOf(status)
    if (error) this.#left.reject(error)
    else this.#soon()
  }

  #write(bytes: Uint8Array): void {
    this.#mirror.write(bytes)
    if (this.#mirror.isBehind) this.#view.again()
  }

  #told(presence: Presence): void {
    const had = this.#presence !== undefined && this.#presence.controller === this.#presence.you
    this.#presence = presence
    if (this.#wantsControl && presence.source) this.#askForControl()
    if (this.#view.inControl && !had) this.#fit()
    this.#soon()
  }

  /** Asked for on the command line: taken where it is free, never from somebody unasked. */
  #askForControl(): void {
    this.#wantsControl = false
    this.#take()
  }

  #take(): void {
    this.#takeIfAllowed().catch((error: unknown) => {
      if (error instanceof MaestroError) this.#say(error.message)
      else this.#left.reject(error)
    })
  }

  async #takeIfAllowed(): Promise<void> {
    const whyNot = await this.#wish.whyNot()
    if (whyNot) return this.#say(whyNot)
    this.#mayNot = undefined // the machine's owner has changed his mind
    const who = this.#view.inControl ? undefined : typist(this.#presence)
    if (who) this.#ask(toTakeOver(who, () => this.#takeNow()))
    else this.#takeNow()
  }

  #takeNow(): void {
    if (!this.#view.take()) this.#say('Not connected; try again in a moment')
  }

  #heard(bytes: Uint8Array): void {
    for (const part of this.#reader.read(bytes)) 'keys' in part ? this.#key(part.keys) : this.#paste(part.pasted)
  }

  #key(bytes: Uint8Array): void {
    if (this.#exit) return this.#left.resolve(ending(this.#exit))
    if (this.#question) return this.#decide(this.#question, bytes)
    if (this.#menu) return this.#choose(bytes)
    const at = bytes.indexOf(MENU)
    if (at !== 0) this.#type(at < 0 ? bytes : bytes.subarray(0, at))
    if (at < 0) return
    this.#menu = true
    this.#soon()
    if (at + 1 < bytes.length) this.#choose(bytes.subarray(at + 1))
  }

  #choose(bytes: Uint8Array): void {
    this.#menu = false
    this.#notice = undefined
    const [key] = bytes
    if (key === MENU) this.#type(bytes.subarray(0, 1))
    const act = {
      d: () => this.#left.resolve('detached'),
      t: () => this.#take(),
      r: () => void this.#view.release(),
    }
    act[String.fromCharCode(key ?? 0) as keyof typeof act]?.() // any other key is none of these
    this.#soon()
  }

  #ask(question: Question): void {
    this.#menu = false
    this.#question = question
    this.#soon()
  }

  #decide({ yes }: Question, bytes: Uint8Array): void {
    const said = answerIn(bytes)
    if (!said) return
    this.#question = undefined
    if (said.answer) yes()
    this.#soon()
    if (said.rest.length > 0) this.#key(said.rest)
  }

  /** What comes while it is asked about an earlier paste belongs to that: terminals cut long ones. */
  #paste(text: string): void {
    if (this.#exit) return this.#left.resolve(ending(this.#exit))
    const pasted = (this.#question?.pasted ?? '') + text
    if (!this.#view.inControl) return this.#onlyWatching()
    if (isTooLong(pasted)) return this.#say('More than a terminal takes at once (4 MB): nothing was pasted')
    const paste = () => this.#type(keysOf(pasted, this.#mirror.takesPaste))
    if (wantsAsking(pasted)) this.#ask(toPaste(pasted, paste))
    else paste()
  }

  #type(bytes: Uint8Array): void {
    if (this.#view.inControl) {
      if (!this.#view.type(bytes.slice())) this.#say('Not connected: what you type goes nowhere')
    } else if (bytes[0] === CTRL_C) this.#left.resolve('interrupted')
    else this.#onlyWatching()
  }

  #onlyWatching(): void {
    const { frozen, refused } = this.#presence ?? {}
    const why = frozen
      ? 'The project is frozen: nobody types until it is thawed'
      : refused && 'Its machine lets nobody type from elsewhere'
    this.#say(this.#mayNot ?? (why || undefined) ?? 'Only watching: Ctrl-] and then t takes control')
  }

  #say(notice: string): void {
    this.#notice = notice
    clearTimeout(this.#noticeTimer)
    this.#noticeTimer = setTimeout(() => {
      this.#notice = undefined
      this.#soon()
    }, NOTICE_MS)
    this.#soon()
  }

  #resized(): void {
    this.#canvas.forget()
    this.#fit()
    this.#draw()
  }

  #fit(): void {
    this.#view.fit(this.#room())
  }

  /** What the program's screen may take here: all but the last line. */
  #room(): Size {
    const { cols, rows } = this.#tty.size()
    return { cols, rows: Math.max(1, rows - 1) }
  }

  #soon(): void {
    this.#frame ??= setTimeout(() => this.#draw(), Math.max(0, this.#drawnAt + FRAME_MS - performance.now()))
  }

  #draw(): void {
    clearTimeout(this.#frame)
    this.#frame = undefined
    if (this.#mirror.isUpdating && performance.now() - this.#drawnAt < LONGEST_UPDATE_MS) return this.#soon()
    this.#drawnAt = performance.now()
    const room = this.#room()
    const { lines, cursor } = this.#mirror.draw(room.cols, room.rows)
    const asked = this.#question ? preview(this.#question, room) : []
    const rows = Array.from({ length: room.rows - asked.length }, (_, y) => lines[y] ?? '')
    const isAway = this.#menu || this.#question !== undefined
    this.#canvas.draw([...rows, ...asked, this.#line(room)], room.cols, isAway ? undefined : cursor)
    this.#switchKeys()
  }

  #line(room: Size): string {
    const facts = { status: this.#status, presence: this.#presence, exit: this.#exit, size: this.#mirror.size, room }
    const said = { menu: this.#menu, notice: this.#notice, question: this.#question?.text }
    const { name, writes } = this.#wish
    const rest = { name, writes, mayNot: this.#mayNot !== undefined, sealed: this.#sealed }
    return statusLine({ ...facts, ...said, ...rest }, room.cols)
  }

  #switchKeys(): void {
    const modes = this.#view.inControl ? this.#mirror.keyModes() : ''
    if (modes && modes !== this.#keyModes) this.#out(modes)
    this.#keyModes = modes || this.#keyModes
  }
}
