import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { refuse } from '../protocol/errors.ts'

type Variables = Record<string, string>
type Settings = Record<string, unknown>

/** What this machine's file of defaults for Gemini CLI says: the one we give it takes the place of that. */
export function geminiDefaults(env: Variables): Settings {
  const macs = process.platform === 'darwin'
  const system = macs ? '/Library/Application Support/GeminiCli/settings.json' : '/etc/gemini-cli/settings.json'
  const beside = dirname(env.GEMINI_CLI_SYSTEM_SETTINGS_PATH || system)
  const file = env.GEMINI_CLI_SYSTEM_DEFAULTS_PATH || join(beside, 'system-defaults.json')
  return existsSync(file) ? parsed(readFileSync(file, 'utf8'), file) : {}
}

/** What the policy's own OPENCODE_CONFIG_CONTENT says: there can be only one. */
export function opencodeConfig({ OPENCODE_CONFIG_CONTENT: text }: Variables): Settings {
  return text ? parsed(text, 'OPENCODE_CONFIG_CONTENT') : {}
}

function parsed(text: string, where: string): Settings {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Settings // checked here
  } catch {
    // said below, as for what is no object
  }
  refuse('invalid_input', `${where} is not a JSON object, and Maestro’s own settings must be added to it`)
}
