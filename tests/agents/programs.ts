import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `slow`: even when it is there, it is left to `npm run test:agents`. */
type Package = { version: string; spec: string; program: string; megabytes: number; slow?: true }

const platform = `${process.platform}-${process.arch}`

/** The versions that these tests were made with, each by the package that holds its program. */
const packages = {
  codex: {
    version: '0.171.0',
    spec: '@openai/codex@0.171.0',
    program: `@openai/codex-${platform}/vendor/*/bin/codex`,
    megabytes: 424,
  },
  gemini: {
    version: '0.61.0',
    spec: '@google/gemini-cli@0.61.0',
    program: '@google/gemini-cli/bundle/gemini.js',
    megabytes: 100,
    slow: true,
  },
  opencode: {
    version: '1.18.33',
    spec: `opencode-${platform}@1.18.33`,
    program: `opencode-${platform}/bin/opencode`,
    megabytes: 177,
    slow: true,
  },
} satisfies Record<string, Package>

/** `npm run test:agents` sees them all. */
const all = Boolean(process.env.MAESTRO_TEST_AGENTS)
/** What any other test run may fetch unasked. */
const MOST_MEGABYTES = 300

export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'maestro')

/** The real program of an agent, installed into a cache folder when it is missing; or why it cannot be had. */
export function findAgent(name: keyof typeof packages): { program: string } | { missing: string } {
  const { version, spec, program, megabytes, slow }: Package = packages[name]
  const folder = join(cache, `${name}-${version}`)
  const found = () => matching(join(folder, 'node_modules'), program.split('/'))
  if (slow && !all) return { missing: `${name} is slow: npm run test:agents` }
  const there = found()
  if (there) return { program: there }
  if (megabytes > MOST_MEGABYTES && !all) {
    return { missing: `${name} ${version} has ${megabytes} MB: npm run test:agents fetches it` }
  }
  try {
    mkdirSync(folder, { recursive: true })
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    execFileSync('npm', ['install', '--prefix', folder, ...quiet, spec], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
    })
  } catch (error) {
    return { missing: `${name} ${version} could not be installed: ${error instanceof Error ? error.message : error}` }
  }
  const installed = found()
  return installed ? { program: installed } : { missing: `${name} ${version} has no program for ${platform}` }
}

/** The file at a path of which one part may be `*`. */
function matching(folder: string, [part, ...rest]: string[]): string | undefined {
  if (!part) return existsSync(folder) ? folder : undefined
  if (part !== '*') return matching(join(folder, part), rest)
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.map((name) => matching(join(folder, name), rest)).find(Boolean)
}

/** A profile for the policy file. */
export function agentProfile(name: string, { agent, exec, args, set, headless = true }: Profile): string {
  const variables = Object.entries(set).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  const lines = [
    `[profile.${name}]`,
    `agent = "${agent}"`,
    `exec = ${JSON.stringify(exec)}`,
    `args = ${JSON.stringify(args)}`,
    `headless = ${headless}`,
    `set = { ${variables.join(', ')} }`,
  ]
  return `${lines.join('\n')}\n`
}
type Profile = { agent: string; exec: string; args: string[]; set: Record<string, string>; headless?: boolean }

/** Whatever else an agent would like to reach ends at a closed port of this machine. */
export const nowhere = {
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
}
