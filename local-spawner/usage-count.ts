import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, isAbsolute, join, sep } from 'node:path'
import * as z from 'zod'
import { addModels, type Models } from '../protocol/usage.ts'
import { writeJson } from './holder-files.ts'
import { transcriptsOf } from './transcripts.ts'
import { readLines } from './usage-lines.ts'

/** A session changes its transcript now and then; so many are followed, and so many of its subagents. */
const MOST_TRANSCRIPTS = 50
const MOST_SUBAGENTS = 1_000
/** No session has so many answers; what somebody makes up must not fill the memory. */
const MOST_ANSWERS = 100_000

const figures = z.tuple([z.string(), z.number(), z.number(), z.number(), z.number(), z.number()])

const Kept = z.object({
  /** Its first event (ms since 1970): what was answered before belongs to another session, and was copied from it. */
  since: z.number(),
  agent: z.string(),
  agentSession: z.string(),
  transcripts: z.array(z.string()),
  places: z.record(z.string(), z.object({ offset: z.number(), ino: z.number() })),
  /** The model that a transcript named last, where not every answer says its own. */
  named: z.record(z.string(), z.string()).default({}),
  /** By the answer's id: model, input, output, read, written for minutes, written for an hour. */
  answers: z.record(z.string(), figures),
  /** The models as they were told last. */
  told: z.string(),
})
type Kept = z.infer<typeof Kept>

/** The tokens of one session, as its agent's transcripts have told them so far. Lives in a file, so a new daemon goes on from there. */
export class UsageCount {
  #path: string
  #kept: Omit<Kept, 'answers'>
  #answers: Map<string, Kept['answers'][string]>

  /** `started` is for one that is not known yet. */
  constructor(path: string, started: Pick<Kept, 'since' | 'agent' | 'agentSession'>) {
    this.#path = path
    const fresh = { ...started, transcripts: [], places: {}, named: {}, answers: {}, told: '{}' }
    const { answers, ...kept } = keptIn(path) ?? fresh
    this.#kept = kept
    this.#answers = new Map(Object.entries(answers))
  }

  get agent(): string {
    return this.#kept.agent
  }

  get agentSession(): string {
    return this.#kept.agentSession
  }

  /** The agent has named a transcript: it is read from now on. */
  follow(agentSession: string, transcript: string): void {
    const { transcripts } = this.#kept
    const isKnown = transcripts.includes(transcript)
    if (isKnown && this.#kept.agentSession === agentSession) return
    this.#kept.agentSession = agentSession
    if (!isKnown) this.#kept.transcripts = [...transcripts, transcript].slice(-MOST_TRANSCRIPTS)
    this.save()
  }

  /**
   * Reads what has come since the last time, of transcripts alone that are where the agent keeps them in this environment;
   * answers the totals if they are news.
   */
  async look(environment: Readonly<Record<string, string | undefined>>): Promise<Models | undefined> {
    const { transcripts, places, agent } = this.#kept
    const folders = transcriptsOf(agent)?.folders(environment) ?? []
    for (const transcript of transcripts) {
      if (!isBelow(transcript, folders)) continue
      for (const path of [transcript, ...(await subagentsOf(transcript))]) {
        const place = await readLines(path, places[path], (line) => this.#count(path, line))
        if (place) places[path] = place
      }
    }
    const models = this.#models()
    return JSON.stringify(models) === this.#kept.told ? undefined : models
  }

  /** The totals are on their way: they are told again only when they have changed. */
  told(models: Models): void {
    this.#kept.told = JSON.stringify(models)
  }

  save(): void {
    writeJson(this.#path, { ...this.#kept, answers: Object.fromEntries(this.#answers) })
  }

  #count(path: string, line: string): void {
    const { agent, named, since } = this.#kept
    const told = transcriptsOf(agent)?.read(line)
    if (told?.model) named[path] = told.model
    if (!told || !('id' in told) || told.id === '__proto__' || told.at < since) return
    const { id, usage, model = named[path] ?? 'unknown' } = told
    if (this.#answers.size >= MOST_ANSWERS && !this.#answers.has(id)) return
    this.#answers.set(id, [
      ...([model, usage.input, usage.output, usage.cacheRead, usage.cacheWrite5m, usage.cacheWrite1h] as const),
    ])
  }

  /** In the order of their names, so that the same totals look the same. */
  #models(): Models {
    const models: Models = {}
    for (const [model, input, output, cacheRead, cacheWrite5m, cacheWrite1h] of this.#answers.values())
      addModels(models, { [model]: { input, output, cacheRead, cacheWrite5m, cacheWrite1h, messages: 1 } })
    return Object.fromEntries(Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** Nothing where nothing sensible is: then it is counted anew. */
function keptIn(path: string): Kept | undefined {
  if (!existsSync(path)) return undefined
  try {
    return Kept.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Whether a file that an agent's hook names is a transcript where that agent keeps its own: anything else is nobody's business. */
export function isBelow(path: string, folders: readonly string[]): boolean {
  if (!isAbsolute(path) || !path.endsWith('.jsonl') || !existsSync(path)) return false
  const real = realpathSync(path)
  return folders.some((folder) => existsSync(folder) && real.startsWith(realpathSync(folder) + sep))
}

async function subagentsOf(transcript: string): Promise<string[]> {
  const folder = join(transcript.slice(0, -'.jsonl'.length), 'subagents')
  if (!existsSync(folder) || realpathSync(folder) !== join(realpathSync(dirname(transcript)), ...tail(folder)))
    return []
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'))
  return names.slice(0, MOST_SUBAGENTS).map((name) => join(folder, name))
}

/** The last two parts of a path: what must be there itself, and not by a link. */
const tail = (folder: string) => folder.split(sep).slice(-2)
