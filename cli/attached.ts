import type { Client } from '../client/client.ts'
import type { SocketStatus } from '../client/socket.ts'
import { type Exit, type Presence, type Size, TerminalView } from '../client/terminal-view.ts'
import type { SessionId } from '../protocol/ids.ts'
import { ending, statusLine } from './attach-text.ts'
import { Canvas } from './canvas.ts'
import type { Tty } from './context.ts'
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
  /** Why nothing may be typed, if so. */
  mayNot: string | undefined
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
    this.#view = new TerminalView(wish.client, wish.id, {
      show: (bytes, size) => this.#mirror.show(bytes, size),
      write: (bytes) => this.#write(bytes),
      resize: (size) => this.#mirror.resize(size),
      presence: (presence) => this.#told(presence),
      exit: (exit) => {
        this.#exit = exit
        this.#soon()
      },
      status: (status) => this.#connection(status),
    })
  }

  /** Shows it until it is left; answers how. Rejects with what makes looking on impossible. */
  async until(signal: AbortSignal): Promise<string> {
    const giveBack = this.#tty.take({ keys: (bytes) => this.#key(bytes), resized: () => this.#resized() })
    const leave = () => {
      signal.removeEventListener('abort', leave)
      clearTimeout(this.#frame)
      clearTimeout(this.#noticeTimer)
      this.#view.stop()
      giveBack()
    }
    signal.addEventListener('abort', leave) // at once: what is said next belongs on the other screen
    try {
      this.#draw()
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

  /** Asked for on the command line: taken where it is free, never from somebody. */
  #askForControl(): void {
    this.#wantsControl = false
    if (this.#presence?.controller === null) this.#take()
    else this.#say(`viewer ${this.#presence?.controller} types; Ctrl-] t takes over`)
  }

  #take(): void {
    if (this.#wish.mayNot) this.#say(this.#wish.mayNot)
    else if (!this.#view.take()) this.#say('Not connected; try again in a moment')
  }

  #key(bytes: Uint8Array): void {
    if (this.#exit) return this.#left.resolve(ending(this.#exit))
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
    const act = { d: () => this.#left.resolve('detached'), t: () => this.#take(), r: () => void this.#view.release() }
    act[String.fromCharCode(key ?? 0) as keyof typeof act]?.() // any other key is none of these
    this.#soon()
  }

  #type(bytes: Uint8Array): void {
    if (this.#view.inControl) {
      if (!this.#view.type(bytes.slice())) this.#say('Not connected: what you type goes nowhere')
    } else if (bytes[0] === CTRL_C) this.#left.resolve('interrupted')
    else this.#say('Only watching: Ctrl-] and then t takes control')
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
    const rows = Array.from({ length: room.rows }, (_, y) => lines[y] ?? '')
    this.#canvas.draw([...rows, this.#line(room)], room.cols, this.#menu ? undefined : cursor)
    this.#switchKeys()
  }

  #line(room: Size): string {
    const facts = { status: this.#status, presence: this.#presence, exit: this.#exit, size: this.#mirror.size, room }
    return statusLine({ ...facts, name: this.#wish.name, menu: this.#menu, notice: this.#notice }, room.cols)
  }

  #switchKeys(): void {
    const modes = this.#view.inControl ? this.#mirror.keyModes() : ''
    if (modes && modes !== this.#keyModes) this.#out(modes)
    this.#keyModes = modes || this.#keyModes
  }
}
