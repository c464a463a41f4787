/**
 * Moving a project: `maestro import` of a log of 100,000 entries into a real server, `maestro export` of it, and both with
 * their hash checked, by the real command line in processes of their own. Time, entries per second, and the most memory
 * that the command line took. `node bench/transfer.ts [entries]`.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../client/ids.ts'
import { entryLine, FORMAT } from '../protocol/transfer.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { busyLog, largeLog } from './large.ts'

const entries = Number(process.argv[2] ?? 100_000)
const [tasks, sessions] = [100, 20]
const program = join(import.meta.dirname, '../dist/node/maestro.js')
const folder = mkdtempSync(join(tmpdir(), 'maestro-transfer-'))
const [made, exported] = [join(folder, 'made.ndjson'), join(folder, 'exported.ndjson')]
const load = loadavg()[0]!

writeLog(made)
const { size } = statSync(made)
const edge = await startEdge()
const rows: Record<string, Record<string, string>> = {}
try {
  const imported = await measured('import', ['import', made])
  const project = imported.data.project as string
  const out = await measured('export', ['export', '--project', project, '--out', exported])
  if ((out.data.entries as number) < entries) throw new Error(`exported ${out.data.entries} entries of ${entries}`)
  await measured('import, all of it there', ['import', made])
  await measured('import of the export', ['import', exported, '--name', 'Again'])
} finally {
  await edge.stop()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${entries} entries, ${(size / 1_000_000).toFixed(1)} MB; load of the machine before: ${load.toFixed(1)}`)
console.table(rows)
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
writeFileSync(
  join(import.meta.dirname, 'results/transfer.json'),
  JSON.stringify({ at: new Date().toISOString(), entries, load, rows }, null, 2),
)

/** A log as a busy project has it: tasks, sessions, and then mostly hooks. */
function writeLog(file: string): void {
  const before = largeLog(tasks, sessions)
  const log = [...before, ...busyLog(entries - before.length, tasks, sessions)]
  const facts = { maestro: 'export', format: FORMAT, version: '0', project: newId('proj'), name: 'Large', createdAt: 0 }
  const hash = createHash('sha256')
  const handle = openSync(file, 'w')
  const write = (line: string) => {
    hash.update(`${line}\n`)
    writeSync(handle, `${line}\n`)
  }
  write(JSON.stringify({ ...facts, epoch: 'bench', since: 0, head: entries, at: Date.now() }))
  for (const [at, entry] of log.entries()) write(entryLine({ ...entry, seq: at + 1, id: newId('evt') }))
  writeSync(handle, `${JSON.stringify({ entries, sha256: hash.digest('hex') })}\n`)
  closeSync(handle)
}

async function measured(name: string, argv: string[]): Promise<{ data: Record<string, unknown> }> {
  const began = performance.now()
  const env = { HOME: folder, MAESTRO_HOME: edge.home.root, MAESTRO_TIMEOUT: '60000' }
  const child = spawn(process.execPath, [program, ...argv, '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes
  })
  let most = 0
  const look = setInterval(() => {
    most = Math.max(most, memoryOf(child.pid!))
  }, 50)
  await new Promise((resolve) => child.on('close', resolve))
  clearInterval(look)
  const seconds = (performance.now() - began) / 1000
  rows[name] = {
    seconds: seconds.toFixed(1),
    'entries/s': Math.round(entries / seconds).toLocaleString('en-US'),
    'memory of the command, MB': most.toFixed(0),
  }
  const answer = JSON.parse(out) as { success: boolean; data: Record<string, unknown> } // what every command answers with
  if (!answer.success) throw new Error(out)
  return answer
}

/** The most memory (MB) that a process has had until now; 0 where the system does not tell. */
function memoryOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000
  } catch {
    return 0 // it has just ended, or this is no Linux
  }
}
