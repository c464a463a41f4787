import type { SocketStatus } from '../client/socket.ts'
import type { Exit, Presence, Size } from '../client/terminal-view.ts'
import { shorten, wide } from './look.ts'

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
}

/** Fewer columns than these, and every word counts. */
const NARROW = 60

const keys = 'd detach · t take control · r give it back · Ctrl-] sends itself · any other key: back'

/** The line at the bottom, as wide as the terminal. Always inverse: it must not be taken for the program's own. */
export function statusLine(facts: Facts, cols: number): string {
  const { name, menu, notice } = facts
  const said = menu ? keys : notice
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

function who({ status, presence, exit }: Facts): string {
  if (exit) return ending(exit)
  if (status !== 'open') return status === 'connecting' ? 'connecting' : 'not connected; trying again'
  if (!presence) return 'connecting'
  if (!presence.source) return 'waiting for its machine'
  if (presence.frozen) return 'frozen: nobody types'
  if (presence.controller === null) return 'read only'
  return presence.controller === presence.you ? 'you type' : `viewer ${presence.controller} types`
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
