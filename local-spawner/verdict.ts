import { join } from 'node:path'
import * as z from 'zod'
import { readJson, writeJson } from './holder-files.ts'

const Verdict = z.object({ outcome: z.enum(['stopped', 'failed']), reason: z.string().max(500) })
/** That this machine ended a session, and why, whatever its program says of its own end. */
export type Verdict = z.infer<typeof Verdict>

const FILE = 'verdict.json'

/**
 * Said in the session's folder before it is ended, so that whoever hears of its end knows, a later daemon too. Answers
 * whether it could be: the disk may be full, and the session's own programs may write there. It is ended all the same.
 */
export function sayVerdict(dir: string, verdict: Verdict): boolean {
  try {
    writeJson(join(dir, FILE), verdict)
    return true
  } catch {
    return false // then it is told as what its exit says
  }
}

/** Nothing where its program ended by itself, or by the project's wish, or where what is there is no verdict. */
export function verdictIn(dir: string): Verdict | undefined {
  try {
    return Verdict.safeParse(readJson(join(dir, FILE))).data
  } catch {
    return undefined // not written by us: those are whole
  }
}
