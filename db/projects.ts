import { asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { projects } from './schema.ts'

export type ProjectRow = typeof projects.$inferSelect

/** The directory of projects. */
export class Projects {
  #db: ReturnType<typeof drizzle>
  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  /** Adds a project; once it is there, nothing more. */
  async add(id: string, name: string, now: number): Promise<void> {
    await this.#db.insert(projects).values({ id, name, createdAt: now }).onConflictDoNothing()
  }

  async find(id: string): Promise<ProjectRow | undefined> {
    const [row] = await this.#db.select().from(projects).where(eq(projects.id, id))
    return row
  }

  async list(): Promise<ProjectRow[]> {
    return this.#db.select().from(projects).orderBy(asc(projects.createdAt)).limit(500)
  }

  async update(id: string, facts: Partial<Omit<ProjectRow, 'id' | 'createdAt'>>): Promise<void> {
    await this.#db.update(projects).set(facts).where(eq(projects.id, id))
  }
}
