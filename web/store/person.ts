import { createResource, createRoot, createSignal } from 'solid-js'
import { Client } from '../../client/client.ts'
import type { MaestroError } from '../../protocol/errors.ts'

const STORED = 'maestro.key'
const [key, keepKey] = createSignal(localStorage.getItem(STORED) ?? undefined)
addEventListener('storage', (event) => {
  if (event.key === STORED) keepKey(event.newValue ?? undefined)
})

/** The key this browser signed in with; none: signed out. */
export { key }

/** Speaks for the person who is signed in. */
export function client(): Client {
  const mine = key()
  return new Client({ url: location.origin, ...(mine && { key: mine }), fetch: (...asked) => fetch(...asked) })
}

const [whoami] = createRoot(() => createResource(key, () => client().ask('whoami', {}).catch(keepOut)))

/** Who this browser speaks for, and what it may do. */
export { whoami }

/** Exchanges the one-use token of a link for a key, and keeps that. */
export async function signIn(token: string): Promise<void> {
  const { key } = await new Client({ url: location.origin, fetch: (...asked) => fetch(...asked) }).ask('sign-in', {
    token,
  })
  localStorage.setItem(STORED, key)
  keepKey(key)
}

export function signOut(): void {
  localStorage.removeItem(STORED)
  keepKey(undefined)
}

/** Is it that the key no longer counts? Then this browser is signed out. */
export function isSignedOut(error: unknown): boolean {
  const { code } = error as Partial<MaestroError>
  const ended = code === 'unauthenticated' || code === 'credentials_ended'
  if (ended) signOut()
  return ended
}

function keepOut(error: unknown): undefined {
  if (!isSignedOut(error)) throw error
}
