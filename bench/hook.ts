// What a hook adds to a tool call, beside an empty command hook and what others use: spawned as Claude Code does it.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandFor, type HookScript } from '../hooks/claude-code/settings.ts'
import { startOf } from '../local-spawner/process-list.ts'

const rounds = Number(process.argv[2] ?? 300)
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const scripts = path('../hooks/claude-code')
const payload = await readFile(path('../tests/claude-code/fixtures/PostToolUse-Edit.json'))
const root = await mkdtemp(join(tmpdir(), 'maestro-bench-'))
const env = {
  ...{ PATH: process.env.PATH, HOME: root, MAESTRO_SESSION_ID: 'sess_4hq1w8ze' },
  ...{ MAESTRO_SPOOL: join(root, 'spool'), MAESTRO_SESSION_DIR: root },
}

const ours = (script: HookScript) => commandFor(scripts, script)
/** As in a home without a daemon: a flush that is there already, which nearly every hook finds; and nobody, nor a way to start one. */
const spools = { daemon: 'daemon', flush: 'flush', nobody: undefined } as const
const spoolOf = (name: keyof typeof spools) => join(root, `spool-${name}`)
const elsewhere = (name: keyof typeof spools, command: string) => `MAESTRO_SPOOL='${spoolOf(name)}'; ${command}`
const commands: Record<string, string> = {
  'empty command hook': 'cat >/dev/null',
  'log-tool-use.sh, a daemon runs': elsewhere('daemon', ours('log-tool-use.sh')),
  'log-tool-use.sh, a flush runs': elsewhere('flush', ours('log-tool-use.sh')),
  'log-tool-use.sh, nobody runs': elsewhere('nobody', ours('log-tool-use.sh')),
  'log-event.sh, a daemon runs': elsewhere('daemon', ours('log-event.sh')),
  'log-tool-use.sh outside a session': `MAESTRO_SESSION_ID=; ${ours('log-tool-use.sh')}`,
  'a file with cat and mv, nothing else': `f=$$; cat >"$MAESTRO_SPOOL/tmp/$f" && mv "$MAESTRO_SPOOL/tmp/$f" "$MAESTRO_SPOOL/new/$f"`,
  'sh + curl, nobody listening': 'curl -s -m 2 -o /dev/null --data-binary @- http://127.0.0.1:9 || true',
  'a node script': `node -e 'process.stdin.resume()'`,
}

function run(command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn('/bin/sh', ['-c', command], { env, stdio: 'pipe' })
    child.on('error', reject)
    child.on('close', () => resolve(performance.now() - started))
    child.stdin.on('error', () => {}) // a hook that reads nothing may be gone already
    child.stdin.end(payload)
  })
}

for (const spool of [env.MAESTRO_SPOOL, ...Object.keys(spools).map((name) => join(root, `spool-${name}`))])
  for (const folder of ['tmp', 'new']) await mkdir(join(spool, folder), { recursive: true })
for (const kind of ['daemon', 'flush'] as const)
  await writeFile(join(spoolOf(kind), 'reader'), `${process.pid} ${startOf(process.pid) ?? '-'} ${kind}\n`)
await run(ours('session-start.sh'))
await orphanIsGone()
const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]))
const names = [...times.keys()]
for (let round = 0; round < rounds; round++) {
  names.push(names.shift() ?? '') // whoever follows whom changes
  for (const name of names) {
    if (round % 10 !== 0 && name.startsWith('a node')) continue
    times.get(name)?.push(await run(commands[name] ?? ''))
    await new Promise((resolve) => setTimeout(resolve, 3)) // what the one before left running is not this one's time
  }
}
await rm(root, { recursive: true })

/** As in a real session, where seconds lie between SessionStart and the first tool. At most five here. */
async function orphanIsGone() {
  const orphan = Number(await readFile(join(root, 'orphan'), 'utf8'))
  for (let i = 0; i < 50 && alive(orphan); i++) await new Promise((resolve) => setTimeout(resolve, 100))
}
function alive(pid: number) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // what kill throws has a code
  }
}

const quantile = (sorted: number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0
const rows = names.map((name) => {
  const sorted = (times.get(name) ?? []).sort((a, b) => a - b)
  return { name, runs: sorted.length, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) }
})
const floor = rows.find(({ name }) => name === 'empty command hook')?.p50 ?? 1
const results = rows.map((row) => ({ ...row, ratio: row.p50 / floor })).sort((a, b) => a.ratio - b.ratio)
console.log(`${'hook'.padEnd(38)} ${'p50 ms'.padStart(8)} ${'p95 ms'.padStart(8)} ${'× empty'.padStart(8)}`)
for (const { name, p50, p95, ratio } of results) {
  console.log(
    `${name.padEnd(38)} ${p50.toFixed(2).padStart(8)} ${p95.toFixed(2).padStart(8)} ${ratio.toFixed(2).padStart(8)}`,
  )
}
await mkdir(path('results'), { recursive: true })
await writeFile(path('results/hook.json'), `${JSON.stringify({ rounds, floor, limit: 1.2, results }, null, 2)}\n`)
console.log('bench/results/hook.json')
