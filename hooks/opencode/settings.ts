type Config = Record<string, unknown>

export type Injected = {
  /** The absolute path of plugin.js. */
  plugin: string
  /** A file with what the agent is told at every start of its context. */
  instructions: string
  /** A folder of skills. */
  skills: string
}

/** opencode's configuration with our plugin, instructions and skills, added to what is there already (`before`). */
export function configWith(before: Config, { plugin, instructions, skills }: Injected): Config {
  const { paths, ...others } = record(before.skills)
  return {
    ...before,
    plugin: [...list(before.plugin), `file://${encodeURI(plugin).replace(/[?#]/g, encodeURIComponent)}`],
    instructions: [...list(before.instructions), instructions],
    skills: { ...others, paths: [...list(paths), skills] },
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const record = (value: unknown): Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : {} // an object that is no array has string keys
