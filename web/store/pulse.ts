import type { Entry } from '../../protocol/project.ts'
import { subjectOf } from '../../protocol/subject.ts'

const SLOT_MS = 15_000
const SLOTS = 40

type Beat = Map<number, number>

/** How busy each session was over the last ten minutes: tools used per quarter of a minute. */
export function makePulse() {
  const beats = new Map<string, Beat>()
  const counted = new Set<string>()

  return {
    take(entries: Entry[]): void {
      for (const entry of entries) {
        const { session } = subjectOf(entry)
        if (!session || !entry.type.startsWith('hook:tool_') || entry.type === 'hook:tool_start') continue
        if (counted.has(entry.id)) continue
        counted.add(entry.id)
        const beat = beats.get(session) ?? new Map<number, number>()
        const slot = Math.floor(entry.at / SLOT_MS)
        beats.set(session, beat.set(slot, (beat.get(slot) ?? 0) + 1))
      }
      if (counted.size > 20_000) counted.clear() // only what is asked for at the start can come twice
    },
    /** Counts, the oldest first, up to `now` (ms). */
    of(session: string, now: number): number[] {
      const beat = beats.get(session)
      const end = Math.floor(now / SLOT_MS)
      const counts = Array.from({ length: SLOTS }, (_, i) => beat?.get(end - SLOTS + 1 + i) ?? 0)
      // The present slot is not over: until it is, it fades from the one before instead of starting at nothing.
      const fading = counts.at(-2)! * (1 - (now % SLOT_MS) / SLOT_MS)
      counts[SLOTS - 1] = Math.max(counts[SLOTS - 1]!, fading)
      return counts
    },
  }
}
