import type { Command } from 'commander'
import * as z from 'zod'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { keyPlaces } from './key-choice.ts'
import { forgetLogin, readLogins, serverOf } from './logins.ts'
import { written } from './noun.ts'

const SignedOut = z.object({
  url: z.string(),
  forgotten: z.boolean().describe('False: nobody had signed in there'),
  key: z.string().nullable().describe('The id of the key that was kept'),
  revoked: z.boolean().describe('Whether the key has ended everywhere'),
  stillWorks: z.array(z.string()).describe('Keys that are still there for this server, and sign-ins to others'),
})

/** `maestro logout`: forgets the key that `maestro login` kept. */
export function logout(context: Context): Command {
  return written(
    context,
    'logout',
    'Forget the key of a server, and with --revoke end it',
    {
      options: [['--revoke', 'End the key on the server too, for whoever else has it']],
      examples: ['maestro logout', 'maestro logout --url https://maestro.example.com --revoke'],
      output: SignedOut,
      who: 'owner',
    },
    async (_, { revoke }) => {
      const { home, url } = context.settings
      const login = readLogins(home)[serverOf(url)]
      if (login && revoke) await end(context)
      const because = login && (await forgetLogin(home, url))
      if (because)
        refuse('failed', `The keychain does not give the key up: ${because}`, { suggestion: 'maestro doctor' })
      const stillWorks = whatStillWorks(context)
      const data = {
        url,
        forgotten: login !== undefined,
        key: login?.id ?? null,
        revoked: Boolean(login && revoke),
        stillWorks,
      }
      return found(data, ({ url, forgotten, key, revoked, stillWorks }, { paint }) => {
        const done = forgotten
          ? `${paint.green('✓')} Signed out of ${url}`
          : `${paint.dim('–')} Nobody has signed in at ${url}`
        const ended = revoked ? `  ${key} has ended` : `  ${key} itself is still good, for whoever has it`
        return [done, ...(forgotten ? [ended] : []), ...stillWorks.map((one) => `  ${one}`)].join('\n')
      })
    },
  )
}

/** Ends the key that was kept, with itself. One that the server does not know any more has ended. */
async function end(context: Context): Promise<void> {
  const { home, url } = context.settings
  const place = keyPlaces(context.settings).find(({ origin }) => origin === 'keychain' || origin === 'file')
  const key = await place?.read()
  if (!key) refuse('failed', `The key for ${url} is not in the keychain any more`, { suggestion: 'maestro logout' })
  const server = context.server.with({ key })
  try {
    const { id } = readLogins(home)[serverOf(url)]!
    const { scopes } = await server.ask('whoami', {})
    if (!scopes.includes('key:manage'))
      refuse('forbidden', `${id} may not end keys, and so not itself`, {
        suggestion: 'maestro logout',
        validValues: scopes,
      })
    await server.ask('key.revoke', { key: id })
  } catch (error) {
    if (!(error instanceof MaestroError) || error.code !== 'unauthenticated') throw error
  }
}

function whatStillWorks({ settings }: Context): string[] {
  const here = keyPlaces(settings).map(({ from }) => `Still at hand for ${settings.url}: the key of ${from}`)
  const others = Object.keys(readLogins(settings.home)).filter((url) => url !== serverOf(settings.url))
  return [...here, ...others.map((url) => `Still signed in at ${url}`)]
}
