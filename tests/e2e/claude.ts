import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The version that these tests were made with; another may word its screens differently. */
const VERSION = '2.1.330'
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'maestro', `claude-code-${VERSION}`)
const program = join(cache, `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`)

/** The real Claude Code, installed into a cache folder when it is missing; or why it cannot be had. */
export function findClaude(): { program: string } | { missing: string } {
  if (existsSync(program)) return { program }
  try {
    mkdirSync(cache, { recursive: true })
    // Its install script only copies the native program, which is called directly here.
    const args = [
      'install',
      '--prefix',
      cache,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `@anthropic-ai/claude-code@${VERSION}`,
    ]
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 })
  } catch (error) {
    return {
      missing: `Claude Code ${VERSION} could not be installed: ${error instanceof Error ? error.message : error}`,
    }
  }
  return existsSync(program)
    ? { program }
    : { missing: `Claude Code ${VERSION} has no program for ${process.platform}-${process.arch}` }
}

const KEY = 'sk-ant-fake-for-the-stand-in'

/**
 * What Claude Code's own home must hold to start without an account: onboarding done, the key approved, the folder
 * trusted. Answers the profile's fixed variables: the stand-in as its API, and nothing else in reach.
 */
export function prepareClaude(home: string, repository: string, api: string): Record<string, string> {
  mkdirSync(join(home, 'tmp'), { recursive: true })
  const projects = { [repository]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } }
  const approved = { approved: [KEY.slice(-20)], rejected: [] }
  const settings = {
    hasCompletedOnboarding: true,
    lastOnboardingVersion: VERSION,
    theme: 'dark',
    customApiKeyResponses: approved,
    projects,
  }
  writeFileSync(join(home, '.claude.json'), JSON.stringify(settings))
  return {
    HOME: home,
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: api,
    CLAUDE_CODE_TMPDIR: join(home, 'tmp'),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    // Whatever else it would like to reach ends at a closed port of this machine.
    HTTPS_PROXY: 'http://127.0.0.1:9',
    HTTP_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  }
}

/** A profile for the policy file. */
export function claudeProfile(
  name: string,
  exec: string,
  set: Record<string, string>,
  args: string[],
  headless: boolean,
): string {
  const variables = Object.entries(set).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  return `[profile.${name}]\nagent = "claude-code"\nexec = ${JSON.stringify(exec)}\nargs = ${JSON.stringify(args)}\nheadless = ${headless}\nset = { ${variables.join(', ')} }\n`
}
