import { applyD1Migrations, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { History } from '../../db/history.ts'
import type { ProjectObject } from '../../durable-objects/project.ts'
import { UPGRADE_HEADER } from '../../durable-objects/upgrade.ts'
import type { ServerFrame } from '../../protocol/frames.ts'
import { readLog } from '../../worker/log.ts'
import { tell } from '../faults/model/run.ts'
import type { Line, Range, Row, Subject } from '../faults/model/subject.ts'
import { ann, projectId } from '../pure/protocol/given.ts'

// The stories of tests/faults/model, told to an object in its own runtime, whose clock, memory and archive are real.
const runs = Number(env.MAESTRO_RUNS) || 4
const seed = Number(env.MAESTRO_SEED) || 1
const project = projectId(1)
const DAY = 24 * 60 * 60_000

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
})
afterAll(() => void vi.useRealTimers())

test('an object in its own runtime is what the rules make of a list', { timeout: 20_000 + runs * 5_000 }, async () => {
  let made = 0
  // A day ahead: no alarm of a story rings by itself.
  const figures = await tell(runs, seed, () => InWorkerd.make(`story ${made++}`), {
    now: Date.now() + DAY,
    endOnFailure: true,
  })
  console.log(JSON.stringify(figures))
  expect(figures.stories).toBe(runs + Math.ceil(runs / 20))
})

class InWorkerd implements Subject {
  #object: DurableObjectStub<ProjectObject>
  #lines: { line: Line; since: number }[] = []
  #isUp = true

  private constructor(object: DurableObjectStub<ProjectObject>) {
    this.#object = object
  }

  static async make(name: string) {
    for (const table of ['entries', 'sessions', 'projects', 'archives', 'postings', 'tool_days', 'search'])
      await env.DB.exec(`DELETE FROM ${table}`)
    const subject = new InWorkerd(env.PROJECTS.getByName(name))
    return { subject, end: () => subject.#end() }
  }

  async #end(): Promise<void> {
    await this.setArchive(true)
    for (const { line } of this.#lines) line.close()
    await runInDurableObject(this.#object, (_, { storage }) => storage.deleteAlarm())
  }

  async execute(...asked: Parameters<Subject['execute']>): ReturnType<Subject['execute']> {
    return this.#object.execute(...asked)
  }

  async hear(...heard: Parameters<Subject['hear']>): ReturnType<Subject['hear']> {
    return this.#object.hear(...heard)
  }

  async show(): ReturnType<Subject['show']> {
    const outcome = await this.#object.query(ann, { type: 'project.show' })
    if (!outcome.ok) throw new Error(outcome.error.message)
    return JSON.parse(outcome.value)
  }

  async log(since: number): Promise<Row[]> {
    const outcome = await this.#object.rows(ann, { since, limit: 1_000_000 })
    if (!outcome.ok) throw new Error(outcome.error.message)
    return outcome.value.rows
  }

  async read(range: Range): Promise<Row[]> {
    const outcome = await readLog(this.#object, new History(env.DB, project), ann, range)
    if (!outcome.ok) throw new Error(outcome.error.message)
    return outcome.value.rows
  }

  async connect(query: string): Promise<Line> {
    const headers = { Upgrade: 'websocket', [UPGRADE_HEADER]: JSON.stringify({ actor: ann, project, session: null }) }
    const { webSocket } = await this.#object.fetch(`http://project/live${query}`, { headers })
    const frames: ServerFrame[] = []
    webSocket!.addEventListener('message', ({ data }) => void frames.push(JSON.parse(data as string))) // it sends text
    webSocket!.accept()
    const close = () => {
      this.#lines = this.#lines.filter((one) => one.line !== line)
      webSocket!.close(1000)
    }
    const line: Line = { frames, close }
    this.#lines.push({ line, since: Number(new URLSearchParams(query).get('since')) })
    await this.told([line], await this.#head())
    return line
  }

  async #head(): Promise<number> {
    return (await this.#object.figures()).head
  }

  async told(lines: Line[], head: number): Promise<void> {
    const open = this.#lines.filter(({ line }) => lines.includes(line))
    const behind = () => open.filter(({ line, since }) => reached(line.frames, since) < head)
    // Not `vi.waitFor`, which moves the clock.
    for (let tries = 0; behind().length > 0; tries++) {
      if (tries > 2_000) throw new Error(`${behind().length} connections are not told up to ${head}`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  async evict(): Promise<void> {
    await this.told(
      this.#lines.map(({ line }) => line),
      await this.#head(),
    )
    await evictDurableObject(this.#object)
  }

  ring(): Promise<void> {
    return runInDurableObject(this.#object, async (object, { storage }) => {
      await storage.deleteAlarm()
      await object.alarm()
    })
  }

  alarm(): Promise<number | null> {
    return runInDurableObject(this.#object, (_, { storage }) => storage.getAlarm())
  }

  setTime(now: number): void {
    vi.setSystemTime(now)
  }

  async setArchive(up: boolean): Promise<void> {
    if (up !== this.#isUp)
      await env.DB.exec(`ALTER TABLE ${up ? 'hidden' : 'entries'} RENAME TO ${up ? 'entries' : 'hidden'}`)
    this.#isUp = up
  }

  async archived(): Promise<Row[]> {
    const query = 'SELECT seq, id, at, "by", type, data FROM entries WHERE project = ? ORDER BY seq'
    return (await env.DB.prepare(query).bind(project).all<Row>()).results
  }
}

/** Up to which seq a connection was told what there is. */
function reached(frames: ServerFrame[], since: number): number {
  const seqs = frames.map((frame) => {
    if (frame.type === 'entries') return frame.entries.at(-1)!.seq
    if (frame.type === 'snapshot') return frame.seq
    return frame.type === 'hello' && frame.head === since ? since : 0
  })
  return Math.max(0, ...seqs)
}
