import type { SocketStatus } from '../client/socket.ts'
import { type Exit, type Presence, type Size, typistOf } from '../client/terminal-view.ts'
import { shorten, wide } from './look.ts'
import { visible } from './visible.ts'

/** What the last line of an attached terminal says. */
export type Facts = {
  name: string
  status: SocketStatus['state']
  presence: Presence | undefined
  exit: Exit | undefined
  /** The program's screen, and the room there is for it here. */
  size: Size | undefined
  room: Size
  menu: boolean
  notice: string | undefined
  /** What is asked; it goes before everything else. */
  question: string | undefined
  /** The key may type at all; and nobody may do so here. */
  writes: boolean
  mayNot: boolean
  /** What its program shows is encrypted. */
  sealed: boolean
}

/** Fewer columns than these, and every word counts. */
const NARROW = 60

const keys = 'd detach · t take control · r give it back · Ctrl-] sends itself · any other key: back'
const watchersKeys = 'd detach · any other key: back'

/** The line at the bottom, as wide as the terminal. Always inverse: it must not be taken for the program's own. */
export function statusLine(facts: Facts, cols: number): string {
  const { name, menu, notice, question, writes } = facts
  const said = question ?? (menu ? (writes ? keys : watchersKeys) : notice)
  const parts = said
    ? [said]
    : [name, who(facts), watching(facts), size(facts), hint(facts, cols < NARROW)].filter(Boolean)
  const text = ` ${shorten(fitting(parts, cols - 2), cols - 2)} `
  return `\x1b[7m${text}${' '.repeat(Math.max(0, cols - wide(text)))}`
}

/** The first is shortened, and those in the middle are left out, before the last one has to go. */
function fitting(parts: string[], cols: number): string {
  const line = (some: string[]) => some.join(' │ ')
  let some = parts
  while (wide(line(some)) > cols && some.length > 3) some = some.toSpliced(some.length - 2, 1)
  const over = wide(line(some)) - cols
  if (over <= 0 || some.length < 2) return line(some)
  return line([shorten(some[0]!, Math.max(4, wide(some[0]!) - over)), ...some.slice(1)])
}

function who({ status, presence, exit, sealed, writes, mayNot }: Facts): string {
  if (exit) return ending(exit)
  if (status !== 'open') return status === 'connecting' ? 'connecting' : 'not connected; trying again'
  if (!presence) return 'connecting'
  if (!presence.source) return 'waiting for its machine'
  if (sealed) return 'encrypted: this version cannot read it'
  if (presence.frozen) return 'frozen: nobody types'
  if (presence.refused) return 'its machine lets nobody type'
  if (presence.controller === null) return writes ? (mayNot ? 'no typing here' : 'read only') : 'view only'
  return presence.controller === presence.you ? 'you type' : `${typist(presence)} types`
}

/** Who types, in words for whoever looks on. */
export function typist(presence: Presence | undefined): string | undefined {
  if (presence?.own && presence.controller !== presence.you) return 'your other window'
  return typistOf(presence, visible)
}

const watching = ({ presence }: Facts) => (presence && presence.viewers > 1 ? `${presence.viewers} watch` : '')

function size({ size, room }: Facts): string {
  if (!size || (size.cols <= room.cols && size.rows <= room.rows)) return ''
  return `${size.cols}×${size.rows}, of which ${Math.min(size.cols, room.cols)}×${Math.min(size.rows, room.rows)} fit`
}

const hint = ({ exit }: Facts, isNarrow: boolean) =>
  (exit ? 'any key' : 'Ctrl-]') + (isNarrow ? '' : exit ? ' leaves' : ' for keys')

/** `ended with exit code 4` */
export function ending({ code, signal }: Exit): string {
  return signal ? `ended by ${signal}` : `ended with exit code ${code ?? 'unknown'}`
}
