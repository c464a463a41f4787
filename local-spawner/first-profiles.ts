type Starting = { name: string; agent: string; program: string; example?: string; args?: string; env: string[] }

/** Where a program is, and what it says of its version; nothing when it is not on this machine. */
export type Find = (program: string) => { path: string; version?: string | undefined } | undefined

/** The programs of the agents that a first policy knows, each with its profile's name. */
export const agentPrograms = () => starting.map(({ name, program }) => ({ name, program }))

const everybody = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS', 'SSH_AUTH_SOCK']

const starting: Starting[] = [
  {
    ...{ name: 'claude', agent: 'claude-code', program: 'claude', example: '/usr/local/bin/claude' },
    env: [
      ...['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', 'ANTHROPIC_MODEL'],
      ...['CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CONFIG_DIR'],
    ],
  },
  {
    ...{ name: 'codex', agent: 'codex', program: 'codex' },
    // Codex's sandbox has no network unless asked, and Maestro's own command speaks to a server.
    args: '["-c", "sandbox_workspace_write.network_access=true"]   # for the maestro command: the sandbox has no network by itself',
    env: ['OPENAI_API_KEY', 'CODEX_HOME', 'CODEX_API_KEY'],
  },
  {
    ...{ name: 'gemini', agent: 'gemini', program: 'gemini' },
    env: [
      ...['GEMINI_API_KEY', 'GEMINI_MODEL', 'GOOGLE_API_KEY', 'GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CLOUD_PROJECT'],
      ...['GOOGLE_CLOUD_LOCATION', 'GOOGLE_GENAI_USE_VERTEXAI'],
    ],
  },
  {
    ...{ name: 'opencode', agent: 'opencode', program: 'opencode' },
    env: [
      ...['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY', 'GEMINI_API_KEY', 'OPENCODE_CONFIG'],
      ...['OPENCODE_CONFIG_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME'],
    ],
  },
]

/**
 * The profiles that the first policy of a machine names: Claude Code in any case, since it is what most have, and the other
 * agents that `find` finds.
 */
export function firstProfiles(find: Find): string {
  const named = starting.flatMap(({ name, agent, program, example, args, env }) => {
    const found = find(program)
    if (!found && !example) return []
    const version = found?.version ? `   # ${found.version}` : ''
    const exec = found ? `exec = ${JSON.stringify(found.path)}${version}` : `# exec = ${JSON.stringify(example)}`
    const lists = [`args = ${args ?? '[]'}`, `env = [\n  ${wrapped([...env, ...everybody])}\n]`]
    return `[profile.${name}]\nagent = ${JSON.stringify(agent)}\n${exec}\n${lists.join('\n')}\n`
  })
  return named.join('\n')
}

/** In lines of 120 characters, as the file is written by hand. */
function wrapped(names: string[]): string {
  const lines = ['']
  for (const name of names.map((name) => JSON.stringify(name))) {
    const line = lines.at(-1)!
    if (line.length + name.length > 112) lines.push(`${name}, `)
    else lines[lines.length - 1] = `${line}${name}, `
  }
  return lines.map((line) => line.trimEnd()).join('\n  ')
}
