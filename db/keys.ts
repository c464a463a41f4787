import { and, desc, eq, gt, isNull, lt, or } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { keys } from './schema.ts'

export type KeyRow = typeof keys.$inferSelect

const HOUR = 3_600_000

/** The directory of keys. A key is looked up by the SHA-256 of its whole text, in hexadecimal. */
export class Keys {
  #db: ReturnType<typeof drizzle>
  constructor(d1: D1Database) {
    this.#db = drizzle(d1)
  }

  async insert(row: Omit<KeyRow, 'lastUsedAt' | 'revokedAt'>): Promise<void> {
    await this.#db.insert(keys).values(row)
  }

  /** Keeps the key unless it is kept already; answers what is kept. */
  async insertOnce(row: Omit<KeyRow, 'lastUsedAt' | 'revokedAt'>): Promise<KeyRow> {
    await this.#db.insert(keys).values(row).onConflictDoNothing()
    const [kept] = await this.#db.select().from(keys).where(eq(keys.hash, row.hash))
    if (!kept) throw new Error('a key that was just kept is not there')
    return kept
  }

  /** The key with this hash, if it is good at `now`. */
  async find(hash: string, now: number): Promise<KeyRow | undefined> {
    const [row] = await this.#db.select().from(keys).where(eq(keys.hash, hash))
    return row && row.revokedAt === null && (row.expiresAt === null || row.expiresAt > now) ? row : undefined
  }

  /** Uses up a key that is good for once; one caller wins. */
  async redeem(hash: string, kind: string, now: number): Promise<KeyRow | undefined> {
    const good = and(eq(keys.hash, hash), eq(keys.kind, kind), isNull(keys.revokedAt), gt(keys.expiresAt, now))
    const [row] = await this.#db.update(keys).set({ revokedAt: now, lastUsedAt: now }).where(good).returning()
    return row
  }

  /** A key that is good for once and has not been used; it stays so. */
  async findUnused(hash: string, kind: string, now: number): Promise<KeyRow | undefined> {
    const row = await this.find(hash, now)
    return row?.kind === kind ? row : undefined
  }

  /** The good keys of a machine. */
  async ofSpawner(spawner: string): Promise<KeyRow[]> {
    const mine = and(eq(keys.spawner, spawner), eq(keys.kind, 'spawner'), isNull(keys.revokedAt))
    return this.#db.select().from(keys).where(mine)
  }

  /** Ends the keys of a machine, and those that it had made for what it runs; answers which. */
  async revokeSpawner(spawner: string, now: number): Promise<KeyRow[]> {
    const mine = or(eq(keys.spawner, spawner), eq(keys.createdBy, spawner))
    return this.#db
      .update(keys)
      .set({ revokedAt: now })
      .where(and(mine, isNull(keys.revokedAt)))
      .returning()
  }

  /** The newest keys of `project`, or of all. */
  async list(project: string | null): Promise<KeyRow[]> {
    return this.#db
      .select()
      .from(keys)
      .where(project === null ? undefined : eq(keys.project, project))
      .orderBy(desc(keys.createdAt))
      .limit(500)
  }

  /** Ends a key of `project`, or of any where none is named, and answers it; one that had ended stays as it is. */
  async revoke(id: string, project: string | null, now: number): Promise<KeyRow | undefined> {
    const mine = and(eq(keys.id, id), project === null ? undefined : eq(keys.project, project))
    await this.#db
      .update(keys)
      .set({ revokedAt: now })
      .where(and(mine, isNull(keys.revokedAt)))
    const [row] = await this.#db.select().from(keys).where(mine)
    return row
  }

  /** Whether the key with this id was revoked or has expired at `now`. */
  async ended(id: string, now: number): Promise<boolean> {
    const [row] = await this.#db.select().from(keys).where(eq(keys.id, id))
    return !row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)
  }

  /** Notes that a key was used, at most once an hour: a read must not cost a write each time. */
  async touch(id: string, now: number): Promise<void> {
    const stale = or(isNull(keys.lastUsedAt), lt(keys.lastUsedAt, now - HOUR))
    await this.#db
      .update(keys)
      .set({ lastUsedAt: now })
      .where(and(eq(keys.id, id), stale))
  }
}
