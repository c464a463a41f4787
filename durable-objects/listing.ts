import { Projects } from '../db/projects.ts'
import type { Project, Session } from '../protocol/model.ts'

/** What changes within so long (ms) is told at once. */
const SETTLE_MS = 2_000

/** The list of projects shows who needs somebody without waking every project. */
export class Listing {
  #d1: D1Database
  #told = ''
  due: number | undefined

  constructor(d1: D1Database) {
    this.#d1 = d1
  }

  wake(project: Project, now: number): void {
    if (JSON.stringify(factsOf(project)) !== this.#told) this.due ??= now + SETTLE_MS
  }

  async run(project: Project, now: number): Promise<void> {
    if (this.due === undefined || this.due > now) return
    const facts = factsOf(project)
    if (this.#told !== JSON.stringify(facts)) await new Projects(this.#d1).update(project.id!, facts)
    this.#told = JSON.stringify(facts)
    this.due = undefined
  }
}

function factsOf(project: Project) {
  const live = Object.keys(project.live).map((id) => project.sessions[id as Session['id']])
  const needsYou = live.filter((session) => session?.status === 'waiting').length
  const running = live.filter((session) => session?.status === 'running').length
  return { name: project.name, needsYou, running }
}
