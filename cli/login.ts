import type { Command } from 'commander'
import * as z from 'zod'
import { readJson, writeJson } from '../embedded/home.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { kindOf } from '../protocol/keys.ts'
import { type Context, found } from './context.ts'
import { isHere } from './key-choice.ts'
import { keepLogin, loginsFile, serverOf } from './logins.ts'
import { written } from './noun.ts'

const SignedIn = z.object({
  url: z.string(),
  name: z.string().describe('Who you are there'),
  key: z.string().describe('The id of the key, not its secret'),
  at: z.enum(['keychain', 'file']).describe('Where the key is kept'),
  file: z.string().nullable(),
  because: z.string().nullable().describe('Why it is not in the keychain'),
  forgotProject: z.string().nullable().describe('The project in use until now, which is another server’s'),
})

/** `maestro login`: keeps a key for a server, so that commands there need none. */
export function login(context: Context): Command {
  return written(
    context,
    'login',
    'Sign in to a server with a key, which is kept for all you do there',
    {
      options: [
        ['--key-stdin', 'Read the key from standard input; without it, type it'],
        ['--no-keychain', 'Keep the key in a file, even where the system has a keychain'],
      ],
      examples: ['maestro login --url https://maestro.example.com', 'maestro login --key-stdin < key.txt'],
      output: SignedIn,
      who: 'owner',
    },
    async (_, { keyStdin, keychain }) => {
      const { home, url } = context.settings
      const key = checkKey(await readKey(context, url, keyStdin === true))
      const { name, key: id } = await whoHas(context, url, key)
      const facts = { key, id, name, since: context.io.now() }
      const { at, because = null } = await keepLogin(home, url, facts, keychain !== false)
      const forgotProject = choose(context, url)
      if (!context.flags.json) warn(context, url)
      const file = at === 'file' ? loginsFile(home) : null
      return found(
        { url, name, key: id, at, file, because, forgotProject },
        ({ url, name, file, because, forgotProject }, { paint }) =>
          [
            `${paint.green('✓')} Signed in at ${url} as ${name}`,
            file
              ? `  The key is in ${file}, which only you can read ${paint.dim(`(no keychain: ${because})`)}`
              : "  The key is in the system's keychain",
            ...(forgotProject ? [`  ${forgotProject} is another server's, and not in use any more`] : []),
          ].join('\n'),
        ['maestro status'],
      )
    },
  )
}

async function readKey({ io }: Context, url: string, fromStdin: boolean): Promise<string> {
  if (fromStdin) return io.stdin()
  if (io.ask) return io.ask(`Key for ${url}: `)
  refuse('invalid_input', 'There is no terminal to type a key in', {
    field: 'key-stdin',
    suggestion: 'maestro login --key-stdin < key.txt',
  })
}

/** The key without what surrounds it, if it can be one of a person. What it is instead is not said: it may be a password. */
function checkKey(text: string): string {
  const key = text.trim()
  const kind = kindOf(key)
  if (kind === 'person') return key
  const what = kind ? `That is the key of a ${kind}, not of a person` : 'That is no key, or not all of one'
  refuse('invalid_input', `${what}: they begin with mst_person_`, {
    field: 'key',
    suggestion: 'maestro key create "my laptop"',
  })
}

/** Asks the server whose key it is: one that it does not know is not kept. */
async function whoHas(context: Context, url: string, key: string) {
  return context.server
    .with({ key })
    .ask('whoami', {})
    .catch((error: unknown) => {
      if (!(error instanceof MaestroError) || error.code !== 'unauthenticated') throw error
      return refuse('forbidden', `${url} does not know this key: it has ended, or is another server's`, {
        suggestion: `maestro login --url ${url}`,
      })
    })
}

/** From here on this server is the one that commands ask. A project belongs to its server. */
function choose({ settings }: Context, url: string): string | null {
  const { config } = settings.home
  const { project, ...rest } = readJson<Record<string, unknown>>(config) ?? {}
  const isSame = settings.chosenUrl === undefined || serverOf(settings.chosenUrl) === serverOf(url)
  const forgotten = !isSame && typeof project === 'string' ? project : null
  writeJson(config, { ...rest, ...(project !== undefined && forgotten === null && { project }), url })
  return forgotten
}

function warn(context: Context, url: string): void {
  const { env } = context.io
  if (env.MAESTRO_API_KEY) context.say('! MAESTRO_API_KEY is set, and wins over this key until you unset it')
  if (env.MAESTRO_API_URL && serverOf(env.MAESTRO_API_URL) !== serverOf(url))
    context.say(`! MAESTRO_API_URL is set, and commands go to ${env.MAESTRO_API_URL} until you unset it`)
  if (url.startsWith('http:') && !isHere(url))
    context.say(`! ${url} is not encrypted: whoever is on the way there can read the key`)
}
