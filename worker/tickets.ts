import type { Upgrade } from '../durable-objects/upgrade.ts'
import { refuse } from '../protocol/errors.ts'

/** How long (ms) a ticket for one WebSocket upgrade is good for. */
const LASTS_MS = 30_000

/** A ticket: who, for what and until when, signed. The object it leads to sees to it that it is used once. */
export async function makeTicket(
  env: Env,
  upgrade: Omit<Upgrade, 'ticket'>,
  now: number,
): Promise<{ ticket: string; expiresAt: number }> {
  const until = now + LASTS_MS
  const body = toBase64Url(
    new TextEncoder().encode(JSON.stringify({ ...upgrade, ticket: { nonce: crypto.randomUUID(), until } })),
  )
  return {
    ticket: `${body}.${toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await secretKey(env), bytesOf(body))))}`,
    expiresAt: until,
  }
}

export async function readTicket(env: Env, ticket: string, now: number): Promise<Upgrade> {
  const [body = '', signature = ''] = ticket.split('.')
  const good = await crypto.subtle.verify('HMAC', await secretKey(env), fromBase64Url(signature), bytesOf(body))
  if (!good) refuse('unauthenticated', 'This ticket was not made here')
  const upgrade = JSON.parse(new TextDecoder().decode(fromBase64Url(body))) as Upgrade // signed by us
  if (!upgrade.ticket || upgrade.ticket.until < now) refuse('unauthenticated', 'This ticket is too old')
  return upgrade
}

let imported: { secret: string; key: Promise<CryptoKey> } | undefined

function secretKey({ MAESTRO_SECRET: secret }: Env): Promise<CryptoKey> {
  if (!secret) refuse('unavailable', 'MAESTRO_SECRET is not set', { suggestion: 'wrangler secret put MAESTRO_SECRET' })
  if (imported?.secret !== secret) {
    const key = crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
      'verify',
    ])
    imported = { secret, key }
  }
  return imported.key
}

const bytesOf = (text: string) => new TextEncoder().encode(text)

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  // A length of 4n + 1 stands for no bytes at all.
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) refuse('unauthenticated', 'This ticket was not made here')
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}
