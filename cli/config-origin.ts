import { statSync } from 'node:fs'
import * as z from 'zod'
import { withoutKeys } from '../protocol/keys.ts'
import { type Context, found, type Result } from './context.ts'
import { keyOrigins, keyPlaces } from './key-choice.ts'
import { loginsFile } from './logins.ts'
import { type Column, table } from './look.ts'
import { quote } from './quote.ts'
import { origins, type SettingName, settingNames } from './settings.ts'

const Place = z.object({
  value: z.string().describe('Of a key, only its kind'),
  origin: z.enum([...origins, ...keyOrigins]),
  from: z.string().describe('The flag, the variable or the file that says so'),
  wins: z.boolean(),
})
const Origins = z.object({ name: z.string(), places: z.array(Place).describe('The one that counts first') })
const File = z.object({
  path: z.string(),
  mode: z.string().nullable().describe('Null: there is no such file'),
  trouble: z.string().nullable(),
  fix: z.string().nullable().describe('The command that mends it'),
})
/** What `config list --origin` answers with. */
export const Traced = z.object({ items: z.array(Origins), files: z.array(File) })
type Origins = z.infer<typeof Origins>

/** All settings, and the key, with every place that sets them: the one that wins, and those in its shadow. */
export async function listOrigins(context: Context): Promise<Result> {
  const { settings } = context
  const names = Object.keys(settingNames) as SettingName[] // its own keys
  const items: Origins[] = names.map((name) => ({ name, places: ranked(settings.places(name)) }))
  items.push({ name: 'key', places: ranked(await keys(context)) })
  const files = filesOf(context)
  if (!context.flags.json) for (const { trouble, fix } of files) if (trouble) context.say(`! ${trouble}: ${fix}`)
  return found({ items, files }, ({ items }, look) => {
    const { paint } = look
    const rows = items.flatMap(({ name, places }) =>
      places.length ? places.map((place) => ({ name, ...place })) : [{ name, value: 'not set', from: '', wins: true }],
    )
    const shade = (text: string, wins: boolean) => (wins ? text : paint.dim(text))
    const columns: Column<(typeof rows)[number]>[] = [
      { title: 'name', cell: ({ name, wins }) => (wins ? name : '') },
      { title: 'value', cell: ({ value, wins }) => shade(value, wins), flexible: true },
      { title: 'from', cell: ({ from, wins }) => shade(from, wins), flexible: true },
      { title: '', cell: ({ wins }) => (wins ? '' : shade('shadowed', false)) },
    ]
    return table(rows, columns, look)
  })
}

function ranked<T extends { value: string; from: string; origin: z.infer<typeof Place>['origin'] }>(places: T[]) {
  return places.map(({ value, origin, from }, at) => ({ value, origin, from, wins: at === 0 }))
}

/** Only what can be said aloud of a key. One in the keychain is not asked for: that may ask somebody. */
async function keys({ settings }: Context) {
  const say = (key: string | undefined) => {
    const shown = withoutKeys(key ?? '')
    return shown.endsWith('…') ? shown : 'a key'
  }
  return Promise.all(
    keyPlaces(settings).map(async ({ origin, from, read }) => ({
      origin,
      from,
      value: origin === 'keychain' ? 'mst_person_…' : say(await read()),
    })),
  )
}

/** The files that say something, and whether others could read what they should not. */
function filesOf({ settings: { home, projectFile } }: Context): z.infer<typeof File>[] {
  const mine = [home.config, loginsFile(home), home.keys].map((path) =>
    fileFacts(path, 0o077, 'can be read by others', '600'),
  )
  return projectFile ? [...mine, fileFacts(projectFile, 0o022, 'can be changed by others', 'go-w')] : mine
}

function fileFacts(path: string, forbidden: number, danger: string, mend: string): z.infer<typeof File> {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode
  if (mode === undefined) return { path, mode: null, trouble: null, fix: null }
  const text = (mode & 0o777).toString(8).padStart(4, '0')
  const open = process.platform !== 'win32' && (mode & forbidden) !== 0
  return {
    path,
    mode: text,
    trouble: open ? `${path} ${danger} (${text})` : null,
    fix: open ? `chmod ${mend} ${quote(path)}` : null,
  }
}
