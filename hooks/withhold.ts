import { fieldsOf, getFileName } from './summary.ts'

type Fields = Record<string, unknown>

/** Files whose content is secret whatever it looks like, unless a machine's policy says otherwise. */
export const usualNever = [
  ...['.env', '.env.*', '*.pem', '*.key', '*.p12', '*.pfx', '*.jks', '*.kdbx'],
  ...[
    'id_rsa',
    'id_dsa',
    'id_ecdsa',
    'id_ed25519',
    '.ssh/**',
    '.gnupg/**',
    '.aws/**',
    '.config/gcloud/**',
    '.azure/**',
  ],
  ...['.npmrc', '.netrc', '.pgpass', '.pypirc', '.git-credentials', '.kube/config', '.docker/config.json'],
  ...[
    '*.tfstate',
    '*.tfstate.*',
    '*.tfvars',
    'credentials.json',
    'credentials.y*ml',
    'secrets.json',
    'secrets.y*ml',
    'secrets.toml',
  ],
]

/** Paths that nobody is told more of than that there was one. Made by `neverFrom`. */
export type Never = { paths: RegExp; hints: RegExp; hideNames: boolean }

/**
 * Globs as one pattern: `*` within a name, `**` across folders. One without a leading `/` means such a path anywhere.
 * `hideNames`: not even the file's name is told.
 */
export function neverFrom(globs: readonly string[], hideNames: boolean): Never | undefined {
  if (globs.length === 0) return undefined
  // `.env*` and `{a,.env}` are such paths as well.
  const paths = new RegExp(`(?<=^|[^\\w.-])(?:${globs.map(inRegExp).join('|')})(?=$|[\\s"'\`<>;|&),*?[\\]{}])`, 'i')
  // What is read for each path costs ten times as much as a look for what every such path has in it.
  const hints = new RegExp(globs.map((glob) => escaped(inEvery(glob))).join('|'), 'i')
  return { paths, hints, hideNames }
}

/**
 * What every path that a glob means has in it; of one that is nothing but stars, nothing. Beyond ASCII nothing is relied on:
 * what is a letter's other case, engines see differently in longer patterns.
 */
const inEvery = (glob: string) =>
  /[^\0-\x7f]/.test(glob)
    ? ''
    : withoutHome(glob)
        .split(/[*?]/)
        .reduce((longest, part) => (part.length > longest.length ? part : longest))

/** Bounded, and never across what parts the words of a command, so that a long text takes no longer than its length. */
const inRegExp = (glob: string) =>
  withoutHome(glob)
    .split(/(\*\*|\*|\?)/)
    .map((part) =>
      part === '**'
        ? '[^\\s"\'`<>;|&),]{0,500}'
        : part === '*'
          ? '[^\\s/"\'`<>;|&),]{0,200}'
          : part === '?'
            ? '[^\\s/"\'`<>;|&),]'
            : escaped(part),
    )
    .join('')

const withoutHome = (glob: string) => glob.replace(/^~\//, '')
const escaped = (text: string) => text.replace(/[.+^${}()|[\]\\]/g, '\\$&')

/** What says which path something is about, and what holds words of which some may be paths. */
const pathNames = /path|file|dir|glob|pattern|cwd|ur[il]|target|source|destination/i
const wordNames = /^(?:command|cmd|script|args|argv|code|input|patch)$/i
/** Of what is looked at, in characters. */
const longest = 65_536

/** What is left of an event about a path that is withheld, beside its tool's input. */
const kept = [
  'hook_event_name',
  'session_id',
  'tool_name',
  'tool_use_id',
  'duration_ms',
  'is_interrupt',
  'agent_id',
  'agent_type',
]

/** An agent's payload without what must not be told: of an event about such a path only what was done stays, and that there was one. */
export function withhold(payload: unknown, never: Never | undefined): unknown {
  if (!never || typeof payload !== 'object' || payload === null) return payload
  const fields = fieldsOf(payload)
  const { tool_calls: calls, cwd } = fields
  const where = typeof cwd === 'string' ? cwd : ''
  const found = pathIn(fields, never, where) ?? pathIn(fieldsOf(fields.tool_input), never, where)
  if (found !== undefined)
    return { ...only(fields, kept), tool_input: leftOf(found, never, fieldsOf(fields.tool_input)), withheld: true }
  if (!Array.isArray(calls)) return payload
  return { ...fields, tool_calls: calls.map((call) => withhold(call, never)) }
}

/** The first path to be withheld among the values; under `where` a relative one means another. */
function pathIn(fields: Fields, never: Never, where: string): string | undefined {
  for (const [name, value] of Object.entries(fields).slice(0, 100)) {
    const isPath = pathNames.test(name)
    if (name === 'cwd' || name.endsWith('transcript_path') || !(isPath || wordNames.test(name))) continue
    const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
    for (const text of texts as string[]) {
      const seen = text.slice(0, longest)
      const [found] = meant(seen, never) ?? (isPath || where ? meant(`${where}/${seen}`, never) : null) ?? []
      if (found !== undefined) return isPath ? seen : found
    }
  }
  return undefined
}

const meant = (text: string, { hints, paths }: Never) => (hints.test(text) ? paths.exec(text) : null)

/** Named as the tool would, so that a summary reads as it does of any other file. */
function leftOf(path: string, { hideNames }: Never, input: Fields): Fields {
  const name = hideNames ? '[withheld]' : getFileName(path).slice(0, 200)
  const field = ['file_path', 'notebook_path', 'path'].find((one) => one in input)
  if (field) return { [field]: name }
  return 'command' in input ? { command: hideNames ? name : `[withheld: ${name}]` } : { file_path: name }
}

const only = (fields: Fields, names: string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))
