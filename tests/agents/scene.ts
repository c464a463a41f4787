import { expect } from 'vitest'
import type { Client } from '../../client/client.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { terminalKinds } from '../../protocol/terminal.ts'
import { joinTerminal } from '../edge/scene.ts'

/** Waits until the project shows the session so. */
export const showing = (client: Client, session: SessionId, wanted: Partial<Session>, timeout = 60_000) =>
  expect.poll(() => client.query('session.show', { session }), { timeout, interval: 100 }).toMatchObject(wanted)

/** What the log has of an agent's hooks, in order, less what the daemon counts of its tokens, as people read it: `tool_use Bash npm test`. */
export async function heard(client: Client, session: SessionId): Promise<string[]> {
  const { entries } = await client.askProject('entry.list', { session, limit: 1_000 })
  return entries.flatMap(({ type, data }) => {
    const { summary } = data as { summary?: string } // every hook's entry has one
    return type.startsWith('hook:') && type !== 'hook:usage' ? [`${type.slice('hook:'.length)} ${summary}`] : []
  })
}

/** In control of the session's terminal. `shows` waits until the screen has had the text since the last keys. */
export async function takeTerminal(client: Client, session: SessionId) {
  const { socket, frames, until, send } = joinTerminal(client, session)
  const shown = (from = 0) =>
    frames
      .slice(from)
      .map(({ bytes }) => new TextDecoder().decode(bytes))
      .join('')
  let typed = 0
  await until(() => /"source":true/.test(shown()))
  send({ kind: terminalKinds.take })
  await until(() => /"controller":\d/.test(shown()))
  return {
    shows: (text: string) => until(() => plain(shown(typed)).includes(text)),
    type(keys: string) {
      typed = frames.length
      send({ kind: terminalKinds.input, bytes: new TextEncoder().encode(keys) })
    },
    screen: () => plain(shown()),
    [Symbol.dispose]: () => socket.stop(),
  }
}

/** Without what moves the cursor and colours the text. */
const plain = (screen: string) => screen.replaceAll(/\u001b\[[\d;?>=]*[ -/]*[A-Za-z]/g, '')
