import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, isAbsolute, sep } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import * as z from 'zod'
import { usualNever } from '../hooks/withhold.ts'
import { refuse } from '../protocol/errors.ts'
import { hookLevels } from '../protocol/hook-event.ts'

/** A name the server may use: for a profile, a workspace. */
export const PolicyName = z
  .string()
  .regex(/^\w[\w.-]{0,59}$/, 'a name has letters, digits, dots and dashes, 60 at most')

const absolute = z.string().refine(isAbsolute, 'must be an absolute path')
const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
  .refine((name) => !name.startsWith('MAESTRO_'), 'may not be one of MAESTRO_*, which Maestro itself sets')

export const agentKinds = ['claude-code', 'codex', 'gemini', 'opencode', 'shell', 'demo'] as const

const Profile = z.strictObject({
  agent: z.enum(agentKinds).describe('What it is, and so how it is spoken to'),
  exec: absolute.optional().describe('The program; absent: the agent’s own, as found when it starts'),
  args: z.array(z.string()).default([]).describe('Arguments it always gets'),
  env: z.array(variable).default([]).describe('Variables it gets from the daemon’s own environment, beyond the usual'),
  set: z.record(variable, z.string()).default({}).describe('Variables with fixed values'),
  sandbox: z.enum(['bwrap']).optional().describe('What it runs in; absent: nothing but its own permissions'),
  sandbox_writable: z.array(absolute).default([]).describe('Where it may write in there, beyond its workspace'),
  max_minutes: z.number().positive().optional().describe('It is ended after so long'),
  max_memory_mb: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('It is ended when it, with all it started, holds more'),
  headless: z.boolean().default(false).describe('Answers once and ends, instead of talking'),
})
/** Whether sessions get a git worktree of their own there: `auto`, when it is asked for or another one is at work. */
const worktreeRules = ['auto', 'always', 'never'] as const
const Workspace = z.strictObject({
  path: absolute,
  worktree: z.enum(worktreeRules).default('auto').describe('Whether each session gets a git worktree of its own'),
})

/** More stars in one name would take a long time over a long path. */
const glob = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => (text.match(/\*+/g) ?? []).length <= 4, 'may have four stars at most')

const Events = z.strictObject({
  level: z.enum(hookLevels).default('redacted').describe('How much of what agents do is told'),
  never: z.array(glob).max(200).default(usualNever).describe('Paths of which nothing is told but that there was one'),
  hide_names: z.boolean().default(false).describe('Not even the name of such a file is told'),
})

const Policy = z.strictObject({
  capacity: z.number().int().min(0).max(1_000).default(12).describe('How many sessions run here at once'),
  typing: z.boolean().default(false).describe('Whether people may type into terminals from elsewhere'),
  labels: z.array(PolicyName).max(50).default([]).describe('What this machine is good for: sessions may ask for one'),
  profile: z.record(PolicyName, Profile).default({}),
  workspace: z.record(PolicyName, Workspace).default({}),
  events: Events.prefault({}),
})

/** What this machine allows. Programs, arguments, directories and variables come from here, never from the server. */
export type Policy = z.infer<typeof Policy>
export type Profile = z.infer<typeof Profile>
export type Workspace = z.infer<typeof Workspace>

/** Reads the policy, if nobody but its owner could have written it. Every refusal says how to mend what it is about. */
export function readPolicy(file: string): Policy {
  checkOwner(file)
  const policy = parsePolicy(readFileSync(file, 'utf8'), file)
  checkOutside(file, policy)
  return policy
}

/** `text` as a policy; `file` is where it is said to come from. */
export function parsePolicy(text: string, file: string): Policy {
  const { data, error } = Policy.safeParse(tables(text, file))
  if (data) return data
  refuse('invalid_input', `${file}: ${sentence(error.issues[0]!)}`, { suggestion: `Edit ${file}` })
}

function tables(text: string, file: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [what] = error.message.split('\n')
    refuse('invalid_input', `${file}, line ${error.line}: ${what}`, { suggestion: `Edit ${file}` })
  }
}

/** The first thing that is wrong, where it is, and what may stand there instead. */
function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ')
    return `${where ? `[${where}] has` : 'there is'} an unknown key ${keys}. Remove it, or use one of: ${keysAt(issue.path).join(', ')}`
  }
  if (issue.code === 'invalid_value') return `${where} must be one of: ${issue.values.join(', ')}`
  const { message } = issue.code === 'invalid_key' ? issue.issues[0]! : issue
  return `${where || 'it'}: ${message}`
}

function keysAt([table]: PropertyKey[]): string[] {
  if (table === 'profile') return Object.keys(Profile.shape)
  if (table === 'events') return Object.keys(Events.shape)
  return table === 'workspace' ? Object.keys(Workspace.shape) : Object.keys(Policy.shape)
}

function checkOwner(file: string): void {
  const real = realpathSync(file)
  const [mine, folder] = [statSync(real), statSync(dirname(real))]
  checkMode(real, mine, 0o077, 'others may read or change it', '600')
  checkMode(dirname(real), folder, 0o022, 'others may replace the policy in it', '700')
}

function checkMode(path: string, { uid, mode }: Stats, forbidden: number, danger: string, mend: string): void {
  const me = process.getuid?.()
  if (me !== undefined && uid !== me) {
    refuse('forbidden', `${path} belongs to user ${uid}, not to you (${me}): it may not say what runs here`, {
      suggestion: `sudo chown ${me} ${path}`,
    })
  }
  if ((mode & forbidden) === 0) return
  const is = (mode & 0o777).toString(8).padStart(4, '0')
  refuse('forbidden', `${path} has mode ${is}: ${danger}. Close it with: chmod ${mend} ${path}`, {
    suggestion: `chmod ${mend} ${path}`,
  })
}

/** An agent may write anywhere in its workspace, so the policy must not be there. */
function checkOutside(file: string, { workspace }: Policy): void {
  for (const [name, { path }] of Object.entries(workspace)) {
    if (!isWithin(realIfThere(path), realpathSync(file))) continue
    refuse('forbidden', `${file} lies inside the workspace ${name} (${path}), where agents could change it`, {
      suggestion: `Name a deeper folder in [workspace.${name}]`,
    })
  }
}

export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function realIfThere(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path // starting there will say so
    throw error
  }
}
