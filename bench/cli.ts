/** How long the CLI takes to say its version and to read from a server on this machine, beside a Node that does nothing. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { median } from './load.ts'

const rounds = 20
const maestro = join(import.meta.dirname, '../dist/node/maestro.js')
const edge = await startEdge()
const client = new Client({ url: edge.url, key: edge.ownerKey })
const { project } = await client.ask('project.new', { project: newId('proj'), name: 'Bench' })
for (let made = 0; made < 100; made++)
  await client.with({ project }).execute('task.create', { task: newId('task'), title: `Task ${made}` })

const lines: Record<string, string[]> = {
  'node -e 0': ['-e', '0'],
  'maestro --version': [maestro, '--version'],
  'maestro task --help': [maestro, 'task', '--help'],
  'maestro task list --limit 50': [maestro, 'task', 'list', '--limit', '50'],
  'maestro status --json': [maestro, 'status', '--json'],
}
const times: Record<string, number[]> = {}
for (let round = 0; round <= rounds; round++)
  for (const [name, args] of Object.entries(lines)) {
    const took = await timeOf(args)
    times[name] ??= []
    if (round > 0) times[name].push(took) // the first one fills Node's compile cache
  }
await edge.stop()

const ms = (all: number[]) => Math.round(median(all) * 10) / 10
const floor = ms(times['node -e 0']!)
console.table(
  Object.fromEntries(Object.entries(times).map(([name, all]) => [name, { ms: ms(all), '× node': ms(all) / floor }])),
)
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const result = JSON.stringify({ at: new Date().toISOString(), rounds, times }, null, 2)
writeFileSync(join(import.meta.dirname, 'results/cli.json'), result)

async function timeOf(args: string[]): Promise<number> {
  const began = performance.now()
  const env = { ...process.env, MAESTRO_HOME: edge.home.root }
  const child = spawn(process.execPath, args, { stdio: 'ignore', env })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
  return performance.now() - began
}
