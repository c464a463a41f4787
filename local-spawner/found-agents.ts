import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { agentPrograms } from './first-profiles.ts'
import { findProgram } from './policy-file.ts'

/** A program of an agent on this machine; `path` is null where there is none, `version` where it does not say. */
export type FoundAgent = { profile: string; program: string; path: string | null; version: string | null }

/** How long (ms) a program may take to say its version. */
const PATIENCE_MS = 10_000

/** Which agents are on the PATH, and which versions they say they are. */
export function findAgents(): Promise<FoundAgent[]> {
  return Promise.all(
    agentPrograms().map(async ({ name: profile, program }) => {
      const path = findProgram(program) ?? null
      return { profile, program, path, version: path && (await versionOf(path)) }
    }),
  )
}

/** The first line of what it prints, without what could end a comment. */
async function versionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: PATIENCE_MS, maxBuffer: 64 * 1024 })
    const [line = ''] = stdout.trim().split('\n')
    return line.replaceAll(/\p{Cc}/gu, '').slice(0, 60) || null
  } catch {
    return null // a program that cannot say its version may run all the same: its first session will tell
  }
}
