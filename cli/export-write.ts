import { createHash } from 'node:crypto'
import type { Client } from '../client/client.ts'
import type { ProjectFacts } from '../protocol/directory.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { type ExportEnd, type ExportHead, entryLine, FORMAT } from '../protocol/transfer.ts'
import type { Write } from './export-draft.ts'
import { version } from './version.ts'

/** A page is asked for that is about so long (bytes): what many of the longest entries come to fits nowhere. */
const PAGE_BYTES = 2_000_000
const LONGEST_PAGE = 1_000
/** The first one, before anything is known of how long entries are here. */
const FIRST_PAGE = 100

/** Lines on their way to `write`, counted and hashed. */
export class Lines {
  bytes = 0
  #write: Write
  #hash = createHash('sha256')

  constructor(write: Write) {
    this.#write = write
  }

  /** Whole lines, each with its end. */
  async write(text: string): Promise<void> {
    this.#hash.update(text)
    this.bytes += Buffer.byteLength(text)
    await this.#write(text)
  }

  line(value: object): Promise<void> {
    return this.write(`${JSON.stringify(value)}\n`)
  }

  /** Of all lines until now. */
  get sha256(): string {
    return this.#hash.copy().digest('hex')
  }
}

/** `since` is where it begins: further on than was asked for, where what was older has been deleted. */
type Exported = ExportEnd & { since: number; head: number; bytes: number }
type Where = { project: ProjectFacts; since: number; now: number; signal: AbortSignal }

/** Writes the log of a project from `since` to where it stands now, page after page. */
export async function writeExport(
  client: Client,
  { project, since: asked, now, signal }: Where,
  write: Write,
  on: (entries: number, all: number) => void,
): Promise<Exported> {
  const { id, name, createdAt } = project
  const mine = client.with({ project: id })
  const { head, begins, epoch } = await mine.askProject('log.show', {})
  const since = Math.max(asked, begins - 1)
  if (asked > head)
    refuse('invalid_input', `The log has ${head} entries yet, so nothing can come after ${asked}`, {
      ...{ field: 'since', suggestion: `maestro export --since ${head}` },
    })
  const lines = new Lines(write)
  const facts = { format: FORMAT, version, project: id, name, createdAt, epoch, since, head, at: now }
  await lines.line({ maestro: 'export', ...facts } satisfies ExportHead)
  for await (const page of pages(mine, since, head, signal)) {
    await lines.write(page.text)
    on(page.at - since, head - since)
  }
  const end = { entries: head - since, sha256: lines.sha256 }
  await lines.line(end satisfies ExportEnd)
  return { ...end, since, head, bytes: lines.bytes }
}

/** The entries after `since` up to `head`, as lines. Refuses to leave one out. */
async function* pages(client: Client, since: number, head: number, signal: AbortSignal) {
  let limit = FIRST_PAGE
  for (let at = since; at < head; ) {
    signal.throwIfAborted()
    const { entries } = await client.askProject('entry.list', { since: at, limit: Math.min(limit, head - at) })
    let text = ''
    for (const entry of entries) {
      if (entry.seq !== at + 1) missing(at + 1)
      text += `${entryLine(entry)}\n`
      at = entry.seq
    }
    if (entries.length === 0) missing(at + 1)
    yield { text, at }
    limit = Math.max(1, Math.min(LONGEST_PAGE, Math.floor((PAGE_BYTES * entries.length) / text.length)))
  }
}

function missing(seq: number): never {
  throw new MaestroError('failed', `The server does not answer with entry ${seq}: nothing was written`, {
    suggestion: `maestro watch --since ${seq - 1} --limit 1`,
  })
}
