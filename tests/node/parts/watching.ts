import { expect, onTestFinished, vi } from 'vitest'
import { findHolder, type HolderClient, type Snapshot } from '../../../local-spawner/holder-client.ts'
import { everything } from './same-screen.ts'
import { show, type Terminal, viewer } from './terminals.ts'

/** What is done to a program, and what is then on its screen. */
export type Moment = { keys?: string; size?: { cols: number; rows: number }; until: string }

const PATIENCE = { timeout: 20_000, interval: 50 }

/** After this nothing is hidden any more: it wraps, scrolls, tabs, comes back to what was saved, and leaves the screen. */
const PROBE = `${'e\u0301\t|\tx\r\n~`q漢\n'.repeat(60)}\x1b8back\x1b[4mx\x1b[?1049lleft\r\n\n\t.`

/** Whoever watches a program through its holder: from the first byte, or from a screen on. */
class Watcher {
  readonly client: HolderClient
  readonly terminal: Terminal
  position: number
  #drawn: Promise<void>

  constructor(client: HolderClient, { offset, cols, rows, data }: Snapshot) {
    this.client = client
    this.terminal = viewer(cols, rows)
    this.position = offset
    this.#drawn = show(this.terminal, data)
    client.onOutput(({ offset, bytes }) => {
      expect(offset).toBe(this.position)
      this.position += bytes.length
      this.#then(() => show(this.terminal, bytes))
    })
    client.onResized(({ offset, cols, rows }) => {
      expect(offset).toBe(this.position) // a size is told where it holds, between the output of before and after
      this.#then(async () => this.terminal.resize(cols, rows))
    })
    client.onGap(() => expect.unreachable('nothing was lost'))
    client.attach(offset)
  }

  /** When all that has come is drawn. */
  get drawn(): Promise<void> {
    return this.#drawn
  }

  get text(): string {
    const { active } = this.terminal.buffer
    const line = (_: unknown, y: number) => active.getLine(active.baseY + y)?.translateToString(true) ?? ''
    return Array.from({ length: this.terminal.rows }, line).join('\n')
  }

  #then(draw: () => Promise<void>) {
    this.#drawn = this.#drawn.then(draw)
  }
}

/**
 * Takes a program through `moments`. At each, one viewer comes while it draws and one when it has drawn; from then on all of them,
 * and the one that saw every byte, have the same screen in everything. Answers that screen as text, moment by moment.
 */
export async function seenAlike(dir: string, client: HolderClient, moments: Moment[]): Promise<string[]> {
  const { cols, rows } = client.hello
  const early = new Watcher(client, { offset: 0, cols, rows, data: '' })
  const late: Watcher[] = []
  const texts: string[] = []
  for (const { keys, size, until } of moments) {
    if (size) client.resize(size.cols, size.rows)
    if (keys) client.write(Buffer.from(keys))
    late.push(await comeLate(dir))
    await vi.waitFor(() => expect(early.text).toContain(until), PATIENCE)
    late.push(await comeLate(dir))
    await vi.waitFor(() => areAlike(client, early, late), PATIENCE)
    texts.push(early.text)
  }
  await standStill([early, ...late])
  await goOnAlike([early, ...late].map(({ terminal }) => terminal))
  return texts
}

async function comeLate(dir: string): Promise<Watcher> {
  const client = (await findHolder(dir))!
  onTestFinished(() => client.close())
  return new Watcher(client, await client.snapshot(5_000))
}

/** Once all have everything that the program has printed. */
async function areAlike(client: HolderClient, early: Watcher, late: Watcher[]): Promise<void> {
  const { offset } = await client.snapshot(0)
  await Promise.all([early, ...late].map(({ drawn }) => drawn))
  expect(early.position).toBeGreaterThanOrEqual(offset)
  const wanted = everything(early.terminal)
  for (const { position, terminal } of late) {
    expect(position).toBe(early.position)
    expect(everything(terminal)).toEqual(wanted)
  }
}

/** A program may draw for ever: all let go of it at the same place. */
async function standStill(watchers: Watcher[]): Promise<void> {
  await vi.waitFor(async () => {
    for (const { client } of watchers) client.detach()
    await Promise.all(watchers.map(({ client }) => client.snapshot(0))) // what was on its way has come
    await Promise.all(watchers.map(({ drawn }) => drawn))
    const places = watchers.map(({ position }) => position)
    if (new Set(places).size > 1) for (const { client, position } of watchers) client.attach(position)
    expect(new Set(places).size).toBe(1)
  }, PATIENCE)
}

async function goOnAlike(terminals: Terminal[]): Promise<void> {
  for (const terminal of terminals) terminal.resize(terminal.cols - 9, terminal.rows + 3)
  await Promise.all(terminals.map((terminal) => show(terminal, PROBE)))
  const [wanted, ...others] = terminals.map(everything)
  for (const other of others) expect(other).toEqual(wanted)
}
