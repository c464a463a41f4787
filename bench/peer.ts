/**
 * How many events a second reach a viewer, with 1 and with 50 of them, beside a peer that runs already:
 * posts one by one; the path of files (spool, daemon, log, viewer); and the whole way from four agents that run
 * their hooks' commands. The peer is disler/claude-code-hooks-multi-agent-observability, and its hook the send_event.py
 * in it: `npm run bench:peer -- http://127.0.0.1:4000 "python3 …/send_event.py"`. Without them only Maestro is measured.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { System } from '../tests/e2e/system.ts'
import { agentsAtWork, type HookCommand, installedHook } from './agents.ts'
import { crowd } from './crowd.ts'
import { median } from './load.ts'
import { postsPerSecond } from './posts.ts'
import { prepareFiles } from './spool-files.ts'
import { archived, maestro, peer, type Target } from './targets.ts'
import { look } from './wire.ts'

const rounds = 5
const seconds = 2
const files = 5_000
const agents = 4
const [address, script] = process.argv.slice(2)

const system = await new System().start()
const client = await system.project('bench')
await system.cli('project', 'use', client.options.project!)
const ours = await maestro(client)
const targets = [ours, ...(address ? [peer(address)] : [])]
const posts = (target: Target, viewers: number) => `${target.name}, one event a post, ${viewers} viewers`
const path = (viewers: number) => `Maestro, hook files, ${viewers} viewers`
const whole = (target: Target, viewers: number) => `${target.name}, ${agents} agents' hooks, ${viewers} viewers`
const hooks: [Target, HookCommand][] = [[ours, await installedHook(system)]]
if (targets[1] && script) {
  const facts = `--source-app bench --event-type PostToolUse --server-url ${targets[1].url}`
  hooks.push([targets[1], { command: `${script} ${facts}`, env: system.env }])
}

const rates: Record<string, number[]> = {}
const note = (name: string, rate: number) => {
  rates[name] = [...(rates[name] ?? []), rate]
}
for (let round = 0; round < rounds; round++)
  for (const viewers of [1, 50]) {
    for (const target of targets) note(posts(target, viewers), await posted(target, viewers))
    note(path(viewers), await drained(viewers, `r${round}v${viewers}n`))
    for (const [target, hook] of hooks)
      note(whole(target, viewers), await worked(target, hook, viewers, `h${round}v${viewers}n`))
    const began = performance.now()
    const calls = await agentsAtWork({ command: 'cat >/dev/null', env: system.env }, '', agents, seconds)
    note(`an empty hook, ${agents} agents, ${viewers} viewers`, calls / ((performance.now() - began) / 1_000))
  }

/** Events a second that were acknowledged while so many looked on, if the measured one saw them all. */
async function posted(target: Target, viewers: number): Promise<number> {
  let seen = 0
  const others = await crowd(await Promise.all(Array.from({ length: viewers - 1 }, () => target.view())))
  const own = await look(await target.view(), (frame) => {
    seen += frame.split('"Bash posted"').length - 1
  })
  let asked = 0
  const body = () => {
    asked++
    return target.body('posted')
  }
  const { rate } = await postsPerSecond(target.url, target.headers, body, { seconds, warmup: 0.5 })
  await until(() => seen >= asked - 64) // whoever was asked last may not have been answered
  own.destroy()
  others.leave()
  await archived(client)
  return rate
}

/** Files a second from the first that lies there to the last that a viewer sees. */
async function drained(viewers: number, mark: string): Promise<number> {
  let seen = 0
  const others = await crowd(await Promise.all(Array.from({ length: viewers - 1 }, () => ours.view())))
  const own = await look(await ours.view(), (frame) => {
    seen += frame.split(`Bash echo ${mark}`).length - 1
  })
  const marks = Array.from({ length: files }, (_, n) => `${mark}${n}`)
  const publish = prepareFiles(join(system.home, 'spool'), marks)
  const began = performance.now()
  for (const [n, one] of publish.entries()) {
    one()
    if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await until(() => seen >= files)
  const rate = files / ((performance.now() - began) / 1_000)
  own.destroy()
  others.leave()
  await archived(client)
  return rate
}

/** Events a second from the first command that is run to the last event that a viewer sees. */
async function worked(target: Target, hook: HookCommand, viewers: number, mark: string): Promise<number> {
  const seen = new Set<string>()
  const others = await crowd(await Promise.all(Array.from({ length: viewers - 1 }, () => target.view())))
  const own = await look(await target.view(), (frame) => {
    for (const [id] of frame.matchAll(new RegExp(`toolu_${mark}\\d+`, 'g'))) seen.add(id)
  })
  const began = performance.now()
  const calls = await agentsAtWork(hook, mark, agents, seconds)
  await until(() => seen.size >= calls)
  const rate = calls / ((performance.now() - began) / 1_000)
  own.destroy()
  others.leave()
  await archived(client)
  return rate
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

const rows = Object.entries(rates).map(([name, all]) => {
  const viewers = name.includes('50 viewers') ? 50 : 1
  const like = name.includes('agents') ? whole : posts
  const beside = targets[1] && rates[like(targets[1], viewers)]
  const ratios = beside && all.map((one, round) => one / beside[round]!)
  return [name, { 'events/s': Math.round(median(all)), '× the peer': ratios ? median(ratios).toFixed(2) : '–' }]
})
console.table(Object.fromEntries(rows))
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const result = { at: new Date().toISOString(), rounds, seconds, files, rates }
writeFileSync(join(import.meta.dirname, 'results/peer.json'), JSON.stringify(result, null, 2))
await system.remove()
