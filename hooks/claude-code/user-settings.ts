import * as z from 'zod'
import { hookedEvents, isOurs, settingsFor } from './settings.ts'

const Matcher = z.looseObject({
  matcher: z.string().optional(),
  hooks: z.array(z.looseObject({ command: z.unknown().optional() })).optional(),
})
type Matcher = z.infer<typeof Matcher>

/** What is in the user's own settings, as far as it is read here. All else is kept as it is. */
export const UserSettings = z.looseObject({
  hooks: z.record(z.string(), z.array(Matcher)).optional(),
  env: z.record(z.string(), z.unknown()).optional(),
})
export type UserSettings = z.infer<typeof UserSettings>

/** Tells the hook to report although the session is not one that Maestro started. */
const ALL = 'MAESTRO_HOOK_ALL'
/** Where the spool is for what people start in a shell that says nothing of it. */
const HOME = 'MAESTRO_HOOK_HOME'

export type Wanted = {
  /** The absolute path of the folder with the scripts. */
  scripts: string
  /** Report whatever session the user starts, else only what Maestro started. */
  all: boolean
  /** Maestro's home, where it is not the usual one. */
  home?: string | undefined
}

/** The user's settings with our hooks in them, after the user's own; those of an earlier version are replaced. */
export function withHooks(settings: UserSettings, { scripts, all, home }: Wanted): UserSettings {
  const clean = withoutHooks(settings)
  const { hooks: ours } = settingsFor({ scripts, mode: 'install' })
  const hooks = { ...clean.hooks }
  for (const event of hookedEvents) hooks[event] = [...(hooks[event] ?? []), ...ours[event]]
  const env = { ...clean.env, ...(all && { [ALL]: '1' }), ...(home && { [HOME]: home }) }
  return { ...clean, ...(Object.keys(env).length > 0 && { env }), hooks }
}

/** The user's settings as they would be had ours never been there; what is empty then is left out. */
export function withoutHooks({ hooks = {}, env = {}, ...rest }: UserSettings): UserSettings {
  const kept = Object.entries(hooks).flatMap(([event, matchers]) => {
    const theirs = matchers.flatMap(withoutOurs)
    return theirs.length > 0 ? [[event, theirs] as const] : []
  })
  const { [ALL]: _, [HOME]: __, ...variables } = env
  return {
    ...rest,
    ...(Object.keys(variables).length > 0 && { env: variables }),
    ...(kept.length > 0 && { hooks: Object.fromEntries(kept) }),
  }
}

function withoutOurs(matcher: Matcher): Matcher[] {
  const hooks = matcher.hooks?.filter(({ command }) => !isOurs(command))
  if (!hooks || hooks.length === matcher.hooks?.length) return [matcher]
  return hooks.length > 0 ? [{ ...matcher, hooks }] : []
}

/** Whether anything of ours is in them. */
export function hasHooks({ hooks = {}, env = {} }: UserSettings): boolean {
  const ours = (matchers: Matcher[]) =>
    matchers.some((matcher) => matcher.hooks?.some(({ command }) => isOurs(command)))
  return ALL in env || HOME in env || Object.values(hooks).some(ours)
}

/** Whether all of our hooks are there, none, or some. */
export function installed({ hooks = {}, env }: UserSettings, scripts: string): 'all' | 'sessions' | 'partly' | 'no' {
  const { hooks: ours } = settingsFor({ scripts, mode: 'install' })
  const has = (event: (typeof hookedEvents)[number]) =>
    hooks[event]?.some((matcher) => matcher.hooks?.some(({ command }) => command === ours[event][0]!.hooks[0]!.command))
  if (hookedEvents.every(has)) return env?.[ALL] ? 'all' : 'sessions'
  return hasHooks({ hooks }) ? 'partly' : 'no'
}
