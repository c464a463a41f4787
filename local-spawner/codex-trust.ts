import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import * as z from 'zod'
import { hooksFor, type Trust } from '../hooks/codex/settings.ts'

/** How long (ms) Codex may take to say what it makes of our hooks. It needs a tenth of a second. */
const PATIENCE_MS = 5_000

const Listed = z.object({
  id: z.literal(2),
  result: z.object({
    data: z.array(
      z.object({
        hooks: z.array(z.object({ key: z.string(), source: z.string(), currentHash: z.string() })),
      }),
    ),
  }),
})

/**
 * What Codex wants to see before it runs our hooks: it skips a hook whose hash nobody has trusted. The hash is Codex's
 * own to compute, so it is asked; for our hooks alone, as they come on the command line of this one process, so the user's
 * review of all others stays. Nothing when Codex does not say: then it asks the user to review ours too.
 */
export async function trustFor(
  program: string,
  scripts: string,
  cwd: string,
  env: Record<string, string>,
): Promise<Trust> {
  const child = spawn(program, ['app-server', '-c', `hooks=${hooksFor(scripts)}`], {
    ...{ cwd, env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const answer = new Promise<Trust>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const trust = trustIn(line)
      if (trust) resolve(trust)
    })
    child.on('close', () => resolve({}))
    child.on('error', () => resolve({})) // no such program: the session's own start says so
  })
  child.stdin.on('error', () => {}) // it ended before it had read: then there is no answer either
  const say = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`)
  say({ id: 1, method: 'initialize', params: { clientInfo: { name: 'maestro', version: '1' } } })
  say({ method: 'initialized' })
  say({ id: 2, method: 'hooks/list', params: { cwds: [cwd] } })
  return answer.finally(() => child.kill('SIGKILL'))
}

/** Of what was given on its command line, which is ours alone. */
function trustIn(line: string): Trust | undefined {
  const { data } = Listed.safeParse(parsed(line))
  const ours = data?.result.data.flatMap(({ hooks }) => hooks).filter(({ source }) => source === 'sessionFlags')
  return ours && Object.fromEntries(ours.map(({ key, currentHash }) => [key, currentHash]))
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // it also says other things
  }
}
