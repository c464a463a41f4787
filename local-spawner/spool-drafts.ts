import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What ran after a hook whose file is still on its way waits for it, but no longer than this (ms): it may have been killed. */
const LATE_MS = 2_000

/** Whose hooks have left a draft that is not published yet, and when the oldest of each ran, in ns. */
export function draftsIn(folder: string): Map<string, bigint> {
  const oldest = new Map<string, bigint>()
  for (const name of readdirSync(folder)) {
    const stat = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false })
    if (!stat?.isFile() || Math.abs(Date.now() - Number(stat.mtimeMs)) > LATE_MS) continue
    const before = oldest.get(sourceOf(name))
    if (before === undefined || stat.mtimeNs < before) oldest.set(sourceOf(name), stat.mtimeNs)
  }
  return oldest
}

/** By session and agent, as files of the spool are called. */
export const sourceOf = (name: string): string => name.split('.', 2).join('.')
