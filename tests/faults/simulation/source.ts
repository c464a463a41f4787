import { readSpoolName } from '../../../hooks/spool.ts'
import { unmanagedSessionId } from '../../../protocol/ids.ts'
import type { Chance } from '../parts/chance.ts'
import { type Accepted, hookKey } from '../parts/ledger.ts'
import type { Disk } from './disk.ts'
import type { World } from './world.ts'

/** One agent: whose it is, and what it calls itself. */
type Agent = { session: string | undefined; own: string }
type Machine = {
  name: string
  spool: string
  /** True time as this machine's clock shows it, in ms. */
  clock: () => number
  /** How often that was set back. */
  clockSets: () => number
  nextPid: () => number
  /** Notes what was kept; hooks run in `order`, and what they leave may show in another. */
  accept: (one: Accepted, order: number) => void
}
type Surroundings = { world: World; chance: Chance; disk: Disk; machine: Machine; figures: SourceFigures }
export type SourceFigures = { hooks: number; dropped: number; cutOff: number; poison: number }

/** What the hooks allow a spool to grow to here, in bytes: so small that it does fill. */
const MOST_BYTES = 2_000_000

type Next = { name: string; more?: Record<string, unknown>; isSoon?: boolean }

/** An agent's hooks, one after another, as hooks/claude-code/core.sh runs them: the shell itself cannot run in here. */
export class Source {
  #agent: Agent
  #around: Surroundings
  #uses = 0
  #isStopped = false
  #steps: Next[] = []

  constructor(agent: Agent, around: Surroundings) {
    this.#agent = agent
    this.#around = around
    this.#steps = [{ name: 'SessionStart', more: { source: 'startup' } }]
    this.#later(around.chance.gap(200))
  }

  /** The agent exits, by itself or not: its last hook may still come. */
  stop(): void {
    this.#isStopped = true
  }

  get isOver(): boolean {
    return this.#isStopped
  }

  #later(ms: number): void {
    this.#around.world.after(ms, () => this.#next(), null)
  }

  #next(): void {
    if (this.#isStopped) return
    if (this.#steps.length === 0) this.#steps = this.#turn()
    const { name, more = {}, isSoon = false } = this.#steps.shift()!
    this.#hook(name, more, isSoon)
  }

  /** A prompt, some tools, and the end of the turn. */
  #turn(): Next[] {
    const { chance } = this.#around
    const tools = Array.from({ length: chance.below(8) }, () => this.#tool()).flat()
    return [
      { name: 'UserPromptSubmit', more: { prompt: 'Go on' } },
      ...tools,
      { name: 'Stop', more: { last_assistant_message: 'Done' } },
    ]
  }

  #tool(): Next[] {
    const { chance } = this.#around
    const use = {
      tool_name: chance.pick(['Bash', 'Edit', 'Read']),
      tool_use_id: `toolu_${++this.#uses}`,
      tool_input: { command: 'npm test' },
    }
    const asks = chance.next() < 0.1 ? [{ name: 'PermissionRequest', more: { ...use, tool_use_id: undefined } }] : []
    const ends = chance.next() < 0.1 ? 'PostToolUseFailure' : 'PostToolUse'
    const big = chance.next() < 0.01 ? 'x'.repeat(40_000) : 'ok'
    return [
      { name: 'PreToolUse', more: use, isSoon: true },
      ...asks,
      {
        name: ends,
        more: { ...use, tool_response: { stdout: big }, duration_ms: chance.below(900), error: 'exit 1' },
        isSoon: true,
      },
    ]
  }

  #hook(name: string, more: Record<string, unknown>, isSoon: boolean): void {
    const { world, chance, disk, machine, figures } = this.#around
    const order = figures.hooks++
    const full = `${machine.spool}/near-full`
    const unique = `${hex(chance, 4)}-${hex(chance, 2)}-4${hex(chance, 2).slice(1)}-8${hex(chance, 2).slice(1)}-${hex(chance, 6)}`
    if (chance.next() < 0.02 || disk.find(full)) {
      if (disk.sizeOf(`${machine.spool}/new`) >= MOST_BYTES) {
        disk.write(full, '.', 0n)
        return this.#drop(unique, 'full')
      }
      disk.remove(full)
    }
    const file = `${this.#agent.session ?? '-'}.claude-code.${machine.nextPid()}-${unique}.json`
    const mtimeNs = BigInt(Math.floor(machine.clock() * 1_000)) * 1_000n + BigInt(chance.below(1_000))
    const isPoison = chance.next() < 0.003
    const payload = { session_id: this.#agent.own, cwd: '/work', hook_event_name: name, ...more }
    const text = isPoison
      ? chance.pick(['', '{', 'null', '[1]', '"\\ud800"', '{"hook_event_name":7}'])!
      : JSON.stringify(payload)
    if (text === '' || !disk.write(`${machine.spool}/tmp/${file}`, text, mtimeNs))
      return this.#drop(unique, 'unwritten')
    if (chance.next() < 0.002) {
      figures.cutOff++ // its hook is killed between the two
      return this.#goOn(isSoon)
    }
    if (isPoison) figures.poison++
    const publish = () => {
      const draft = disk.file(`${machine.spool}/tmp/${file}`)
      if (!draft) return
      disk.remove(`${machine.spool}/tmp/${file}`)
      disk.put(`${machine.spool}/new/${file}`, draft)
      if (!isPoison) machine.accept(this.#accepted(file, mtimeNs, name, more), order)
    }
    const took = chance.next() < 0.03 ? chance.gap(50) : 0.5 + chance.gap(0.5)
    world.after(took, publish, null)
    if (isSoon) this.#goOn(true)
    else world.after(took + 0.1, () => this.#goOn(false), null)
  }

  #goOn(isSoon: boolean): void {
    const { chance } = this.#around
    this.#later(2 + (isSoon && chance.next() < 0.5 ? chance.gap(3) : chance.gap(400)))
  }

  /** A line in the counter; where the disk does not take even that, an empty file that says it by its name. */
  #drop(unique: string, why: 'full' | 'unwritten'): void {
    const { chance, disk, machine, figures } = this.#around
    figures.dropped++
    const whose = `${this.#agent.session ?? '-'}.claude-code`
    const path = `${machine.spool}/dropped`
    const isUnwritable = why === 'unwritten' && chance.next() < 0.5
    const [name, text] = isUnwritable
      ? [`${path}.${whose}.${unique}`, '']
      : [path, `${disk.file(path)?.text ?? ''}${whose} ${why}\n`]
    disk.put(name, { text, mtimeNs: 0n, ctimeMs: 0 })
    this.#goOn(false)
  }

  /** By which name it must be in the log. A source is an agent for as long as its machine's clock only goes forward. */
  #accepted(file: string, mtimeNs: bigint, name: string, { tool_use_id: use }: Record<string, unknown>): Accepted {
    const { machine } = this.#around
    const source = `${this.#agent.own} ${machine.clockSets()} hook`
    const session = this.#agent.session ?? unmanagedSessionId(this.#agent.own)
    if (use !== undefined) return { source, key: hookKey(session, typeOf[name as keyof typeof typeOf], String(use)) }
    return { source, key: readSpoolName(file, Number(mtimeNs / 1_000n) / 1_000)!.id }
  }
}

const typeOf = { PreToolUse: 'hook:tool_start', PostToolUse: 'hook:tool_use', PostToolUseFailure: 'hook:tool_failure' }
const hex = (chance: Chance, bytes: number) => Buffer.from(chance.bytes(bytes)).toString('hex')
