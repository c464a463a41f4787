import { existsSync } from 'node:fs'
import type { Home } from './home.ts'
import { clearHome, type Owner, ownerOf } from './lock.ts'
import { endProcess } from './processes.ts'

/** Stops the system that runs with this home, cleanly, and what a killed one left; answers which it was, or nothing if none ran. */
export async function down(home: Home): Promise<Owner | undefined> {
  const owner = ownerOf(home)
  if (owner) await endProcess(owner, 'SIGTERM', 10_000)
  const left = existsSync(home.run) ? await clearHome(home) : undefined
  return owner ?? left
}
