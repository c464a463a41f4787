import { join } from 'node:path'
import * as z from 'zod'
import { readJson, writeJson } from './holder-files.ts'

const Verdict = z.object({ outcome: z.enum(['stopped', 'failed']), reason: z.string().max(500) })
/** That this machine ended a session, and why, whatever its program says of its own end. */
export type Verdict = z.infer<typeof Verdict>

const FILE = 'verdict.json'

/** Said in the session's folder before it is ended, so that whoever hears of its end knows, a later daemon too. */
export function sayVerdict(dir: string, verdict: Verdict): void {
  writeJson(join(dir, FILE), verdict)
}

/** Nothing where its program ended by itself, or by the project's wish. */
export function verdictIn(dir: string): Verdict | undefined {
  return Verdict.safeParse(readJson(join(dir, FILE))).data // the session's own programs may write in its folder
}
