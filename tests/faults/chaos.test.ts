import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { homeAt } from '../../embedded/home.ts'
import type { Project } from '../../protocol/model.ts'
import { System } from '../e2e/system.ts'
import { pidsWith } from '../edge/parts/proc.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { broken } from '../pure/protocol/invariants.ts'
import { Chance, seedOfRun } from './parts/chance.ts'
import { historyOf } from './parts/evidence.ts'
import { type Evidence, judge } from './parts/invariants.ts'
import { Kills } from './parts/kills.ts'
import { ledgersIn } from './parts/ledger.ts'
import { Looks } from './parts/looks.ts'
import { Orchestrator } from './parts/orchestrator.ts'
import { count, report } from './parts/report.ts'
import { gather } from './parts/rest.ts'

const MINUTE = 60_000
/** `npm run faults:chaos` has ten. */
const faultMs = (Number(process.env.MAESTRO_FAULT_MINUTES) || 0.7) * MINUTE
/** Between one death and the next on the whole, in entries of the log. */
const EVERY = 15
/** A step of an agent, in ms. */
const STEP_MS = 400
/** Once nobody dies any more, something must be finished every so often, however slow the machine is. */
const STALL_MS = 2 * MINUTE

const chance = new Chance(seedOfRun())
const system = new System()
let client: Client
let steady: Follower
/** What the operator's own calls came to that no kill explains. */
const failures: string[] = []

beforeAll(async () => {
  const agent = join(import.meta.dirname, 'parts/worker-agent.ts')
  await system.start(`
[profile.worker]
agent = "demo"
exec = ${JSON.stringify(process.execPath)}
args = [${JSON.stringify(agent)}]
set = { FAULT_SEED = "${chance.seed}", FAULT_STEP_MS = "${STEP_MS}" }
`)
  const trace = (line: string) => {
    if (/ 5\d\d \d+ ms$/.test(line)) failures.push(line)
  }
  client = (await system.project('garden')).with({ trace, timeout: 5_000, patience: { retries: 2, delay: 100 } })
  steady = follow(client)
})
afterAll(async () => {
  if (process.env.MAESTRO_FAULT_KEEP) await system.down()
  else await system.remove()
  for (const pid of pidsWith(system.home)) process.kill(pid, 'SIGKILL') // what a failed run left
})

test('a plan of sixty tasks comes to its end, whoever is killed meanwhile, and nothing is lost, doubled or stuck', {
  timeout: faultMs + 12 * MINUTE,
  retry: 0,
}, async () => {
  const began = performance.now()
  const diary: string[] = []
  const say = (line: string) => {
    const at = `${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`
    diary.push(at)
    if (process.env.MAESTRO_FAULT_SAY) console.log(at)
  }
  const looks = new Looks(client)
  let isOver = false
  const orchestrator = new Orchestrator({
    client,
    goesOn: () => !isOver,
    look: steady.project,
    chance: chance.for('sessions'),
    profile: 'worker',
  })
  await orchestrator.plan()
  await steady.until(({ tasks }) => Object.keys(tasks).length === 60)
  orchestrator.start()

  const earlier: Evidence['earlier'] = []
  const kills = new Kills({
    ...{ system, chance: chance.for('kills'), progress: steady.seq, every: EVERY, say },
    whileDead: () => earlier.push(historyOf(homeAt(system.home), client.options.project!)),
  })
  await kills.go(faultMs)
  isOver = true
  const left = open(steady.project())
  say(`no more kills; ${left} tasks to go`)
  const healed = performance.now()
  await untilNone(steady, open)
  await untilNone(steady, ({ live }) => Object.keys(live).length)
  const finishMs = performance.now() - healed
  await orchestrator.stop()
  looks.stop()
  say('all done')
  writeFileSync(join(system.home, 'run/diary'), diary.join('\n'))

  const { accepted } = orchestrator
  const evidence = await gather({ system, client, steady, accepted, looks, earlier, failures })
  const verdicts = judge(evidence)
  const { log, project } = evidence
  const [tasks, sessions] = [Object.values(project.tasks), Object.values(project.sessions)]
  const outcomes = Object.entries(Object.groupBy(sessions, ({ outcome }) => outcome ?? 'live'))
  console.log(
    report(`Chaos, seed ${chance.seed}: MAESTRO_FAULT_SEED=${chance.seed} repeats it`, verdicts, {
      kills: `${kills.total}: ${listed(kills.count)}`,
      'faults for': `${(faultMs / 1_000).toFixed(0)} s`,
      'server back after (ms, longest)': `${Math.round(Math.max(0, ...kills.starts))}`,
      tasks: `${tasks.length}, done ${tasks.filter(({ status }) => status === 'done').length}`,
      sessions: `${sessions.length}: ${listed(Object.fromEntries(outcomes.map(([name, of]) => [name, of!.length])))}`,
      'attempts that failed': tasks.reduce((sum, { attempts }) => sum + attempts.length, 0),
      entries: log.length,
      accepted: evidence.accepted.length,
      'of them lost, doubled, out of order': ['lost', 'doubled', 'came after']
        .map((how) => count(verdicts, how))
        .join(', '),
      'answers lost and absorbed': orchestrator.absorbed,
      'refusals to the orchestrator': listed(Object.fromEntries(orchestrator.refusals)),
      'tasks open at the last kill': left,
      'finished after the last kill': `${(finishMs / 1_000).toFixed(1)} s`,
    }),
  )
  expect(verdicts.filter(({ wrong }) => wrong.length > 0)).toEqual([])
  expect(tasks.filter(({ status }) => status !== 'done')).toEqual([])
  expect(sessions.filter(({ managed }) => !managed)).toEqual([])
  expect(refusedToAgents()).toEqual([])
})

const open = ({ tasks }: Project) => Object.values(tasks).filter(({ status }) => status !== 'done').length
const listed = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none'

/** Resolves when there is none left; fails when there have not become fewer for long. */
async function untilNone({ until, project }: Follower, left: (project: Project) => number): Promise<void> {
  for (let before = left(project()); before > 0; before = left(project())) {
    const stalled = Promise.withResolvers<never>()
    const timer = setTimeout(() => stalled.reject(new Error(`It does not go on:\n${stuckIn(project())}`)), STALL_MS)
    await Promise.race([until((now) => left(now) < before), stalled.promise]).finally(() => clearTimeout(timer))
  }
}

function stuckIn(project: Project): string {
  const tasks = Object.values(project.tasks).filter(({ status }) => status !== 'done')
  const live = Object.keys(project.live).map((id) => project.sessions[id as keyof Project['sessions']])
  return JSON.stringify(
    { live, tasks: tasks.slice(0, 20), spawners: project.spawners, broken: broken(project) },
    null,
    1,
  )
}

/** An agent is dismissed when its session was given up; nothing else that it asks for may be refused. */
function refusedToAgents(): string[] {
  const notes = [...ledgersIn(homeAt(system.home).sessions)]
  return notes.flatMap(([session, all]) =>
    all.flatMap((note) =>
      'refused' in note && note.refused !== 'credentials_ended'
        ? [`${session}: ${note.command}: ${note.refused} ${note.message}`]
        : [],
    ),
  )
}
