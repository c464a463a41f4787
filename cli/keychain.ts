import type { AsyncEntry } from '@napi-rs/keyring'

/** Somebody may have to unlock it first (ms). */
const PATIENCE_MS = 20_000

/** What came of asking the keychain: its answer, or why there is none. */
type Outcome<T> = { value: T; why?: undefined } | { why: string }

/** Keeps `key` where the system itself keeps secrets; answers why not where that cannot be. */
export async function putInKeychain(account: string, key: string): Promise<string | undefined> {
  const kept = await asked(account, async (entry) => {
    await entry.setPassword(key)
    return entry.getPassword()
  })
  // A keychain that is locked, or that forgets, may take it and not have it.
  return kept.why ?? ('value' in kept && kept.value === key ? undefined : 'it does not keep what it is given')
}

/** What the keychain has under this name; undefined when that is nothing, or when there is no keychain. */
export async function getFromKeychain(account: string): Promise<string | undefined> {
  const found = await asked(account, (entry) => entry.getPassword())
  return 'value' in found ? (found.value ?? undefined) : undefined
}

/** Answers why it could not be forgotten, if it could not. */
export async function forgetInKeychain(account: string): Promise<string | undefined> {
  return (await asked(account, (entry) => entry.deletePassword())).why
}

/** Why there is no keychain here, if there is none. */
export async function noKeychain(): Promise<string | undefined> {
  return (await asked('is there one?', (entry) => entry.getPassword())).why
}

/** The package is optional, and costs some milliseconds: it is loaded when a key is kept or looked for, and then only. */
async function asked<T>(account: string, ask: (entry: AsyncEntry) => Promise<T>): Promise<Outcome<T>> {
  const late = new AbortController()
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    // On Linux the kernel has a keyring too, but it forgets everything with the login.
    const entry = new AsyncEntry('maestro', account, { linux: { store: 'secret-service' } })
    return { value: await Promise.race([ask(entry), silence(late.signal)]) }
  } catch (error) {
    return { why: reasonOf(error) }
  } finally {
    late.abort()
  }
}

/** What it throws is text, in many forms. Where there is no desktop, it speaks of things that nobody there has heard of. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException // whatever throws here throws errors
  if (code === 'ERR_MODULE_NOT_FOUND') return 'the package for it is not installed'
  if (/d-?bus|secret service|platform/i.test(message)) return 'no secret service answers here'
  return message.split('\n')[0] ?? ''
}

function silence(over: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error('it does not answer')), PATIENCE_MS)
    over.addEventListener('abort', () => clearTimeout(timer))
  })
}
