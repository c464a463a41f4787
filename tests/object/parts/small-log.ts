import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { Archive } from '../../../durable-objects/archive.ts'
import { Log } from '../../../durable-objects/log.ts'
import { longId, type ProjectId, type SessionId, type TaskId } from '../../../protocol/ids.ts'
import { emptyProject, type Project } from '../../../protocol/model.ts'
import { type Event, evolve } from '../../../protocol/project.ts'
import { type Mood, moody } from './flaky.ts'

const bytes = () => crypto.getRandomValues(new Uint8Array(10))
export const eventId = (at = Date.now()) => longId('evt', at, bytes())

type Sizes = { volume: number; tail: number }

/** A log with volumes so small that they come and go, its archive, and a database in the test's hand. */
export class SmallLog {
  readonly id: ProjectId = longId('proj', Date.now(), bytes())
  readonly database = moody(env.DB)
  project: Project = emptyProject()
  log!: Log
  archive!: Archive
  #storage: DurableObjectStorage
  #sizes: Sizes

  constructor(storage: DurableObjectStorage, sizes: Sizes) {
    this.#storage = storage
    this.#sizes = sizes
    this.wake()
  }

  create(): void {
    this.write({ type: 'project:created', data: { project: this.id, name: 'small' } })
  }

  set mood(mood: Mood) {
    this.database.mood = mood
  }

  /** As an object does that begins anew with what it wrote. */
  wake(): void {
    this.log = new Log(this.#storage, this.#sizes)
    this.project = this.log.wake()
    this.archive = new Archive(this.log, this.database.d1, () => this.project, 'embedded')
  }

  /** Keeps all that is stored now; what is answered puts it back. */
  keep(): () => void {
    const { sql } = this.#storage
    const tables = () =>
      sql
        .exec<{ name: string; sql: string }>(
          "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'",
        )
        .toArray()
    const kept = tables().map((table) => ({ ...table, rows: [...sql.exec(`SELECT * FROM ${table.name}`).raw()] }))
    return () => {
      for (const { name } of tables()) sql.exec(`DROP TABLE ${name}`)
      for (const { name, sql: made, rows } of kept) {
        sql.exec(made)
        for (const row of rows) sql.exec(`INSERT INTO ${name} VALUES (${row.map(() => '?').join(', ')})`, ...row)
      }
      this.wake()
    }
  }

  write(event: Event, id: string = eventId(), by = 'person:ann', at = Date.now(), often = true): void {
    this.log.together(() => {
      for (const { entry } of this.log.append([event], id, at, by)) evolve(this.project, entry)
    })
    if (often) this.log.keep(this.project)
    else this.log.snapshot(this.project)
    this.archive.wake(Date.now())
  }

  note(task: TaskId, text: string, session: SessionId | null = null, id?: string): void {
    this.write({ type: 'task:note', data: { task, text, session } }, id)
  }
}

/** Runs `step` where an object's storage is: what it opens there is no one else's. */
export async function withSmallLog(
  step: (small: SmallLog) => Promise<void>,
  sizes: Sizes = { volume: 10, tail: 20 },
): Promise<void> {
  const home = env.TERMINALS.getByName(crypto.randomUUID())
  await runInDurableObject(home, (_, { storage }) => step(new SmallLog(storage, sizes)))
}
