import { hookedEvents, isOurs, settingsFor } from './settings.ts'

/** What is in the user's own settings, as far as it is read here. All else is kept as it is. */
export type UserSettings = { hooks?: Record<string, Matcher[]>; env?: Record<string, string>; [name: string]: unknown }
type Matcher = { matcher?: string; hooks?: { type?: string; command?: string }[] }

/** Tells the hook to report although the session is not one that Maestro started. */
const ALL = 'MAESTRO_HOOK_ALL'

/**
 * The user's settings with our hooks in them, after the user's own; those of an earlier version are replaced. With `all`
 * they report whatever session the user starts, else only what Maestro started.
 */
export function withHooks(settings: UserSettings, scripts: string, all: boolean): UserSettings {
  const clean = withoutHooks(settings)
  const { hooks: ours } = settingsFor({ scripts, mode: 'install' })
  const hooks = { ...clean.hooks }
  for (const event of hookedEvents) hooks[event] = [...(hooks[event] ?? []), ...ours[event]]
  return { ...clean, ...(all && { env: { ...clean.env, [ALL]: '1' } }), hooks }
}

/** The user's settings as they would be had ours never been there; what is empty then is left out. */
export function withoutHooks({ hooks = {}, env = {}, ...rest }: UserSettings): UserSettings {
  const kept = Object.entries(hooks).flatMap(([event, matchers]) => {
    const theirs = matchers.flatMap(withoutOurs)
    return theirs.length > 0 ? [[event, theirs] as const] : []
  })
  const { [ALL]: _, ...variables } = env
  return {
    ...rest,
    ...(Object.keys(variables).length > 0 && { env: variables }),
    ...(kept.length > 0 && { hooks: Object.fromEntries(kept) }),
  }
}

function withoutOurs(matcher: Matcher): Matcher[] {
  const hooks = matcher.hooks?.filter(({ command }) => !command || !isOurs(command))
  if (!hooks || hooks.length === matcher.hooks?.length) return [matcher]
  return hooks.length > 0 ? [{ ...matcher, hooks }] : []
}

/** Whether all of our hooks are there, none, or some. */
export function installed({ hooks = {}, env }: UserSettings, scripts: string): 'all' | 'sessions' | 'partly' | 'no' {
  const { hooks: ours } = settingsFor({ scripts, mode: 'install' })
  const has = (event: (typeof hookedEvents)[number]) =>
    hooks[event]?.some((matcher) => matcher.hooks?.some(({ command }) => command === ours[event][0]!.hooks[0]!.command))
  if (hookedEvents.every(has)) return env?.[ALL] ? 'all' : 'sessions'
  const some = Object.values(hooks).some((matchers) =>
    matchers.some((matcher) => matcher.hooks?.some(({ command }) => command && isOurs(command))),
  )
  return some ? 'partly' : 'no'
}
