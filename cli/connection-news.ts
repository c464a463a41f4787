import type { SocketStatus } from '../client/socket.ts'
import type { Context } from './context.ts'

/** Says on standard error when the connection is lost, once, and when it is back. */
export function connectionNews(
  context: Context,
): (status: { state: SocketStatus['state'] | 'live' | 'catching-up'; reason?: string }) => void {
  let lost = false
  return ({ state, reason }) => {
    const { paint } = context.look('err')
    if (state === 'reconnecting' && !lost) {
      lost = true
      context.say(paint.yellow(`The connection is lost (${reason}); trying again`))
    }
    if (lost && (state === 'open' || state === 'live')) {
      lost = false
      context.say(paint.dim('Connected again; nothing is missing'))
    }
  }
}
