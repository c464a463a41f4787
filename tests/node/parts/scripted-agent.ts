/**
 * An agent that does what the line `script: say hello; until go; exit 3` in its prompt says:
 * `say TEXT` prints, `write NAME` makes a file where it works, `run LINE` gives that to a shell, `until NAME` waits for a file in
 * the session's folder, `child` leaves a process behind that does not want to go, `ignore` makes it one of that kind itself,
 * `breed` has it start others when it is asked to end, `stay` waits for ever, `flood N` prints N numbered lines, `ask`
 * waits for a key, `read` for a prompt, `measure` for a paste of which it tells length and hash, `size` tells the terminal's,
 * `exit N` ends; `count NAME MS` prints numbered lines, one each so many ms, until there is a file of that name in the
 * session's folder.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const dir = process.env.MAESTRO_SESSION_DIR!
appendFileSync(join(dir, 'starts'), `${process.pid}\n`)
const [, script = ''] = /^script: (.*)$/m.exec(readFileSync(join(dir, 'prompt.md'), 'utf8')) ?? []

const acts: Record<string, (argument: string) => unknown> = {
  say: (text) => console.log(text),
  env: (name) => console.log(`${name}=${process.env[name] ?? ''}`),
  flood: (count) => {
    for (let line = 1; line <= Number(count); line++) console.log(`line ${line}`)
  },
  count: async (what) => {
    const [name = '', ms] = what.split(' ')
    for (let line = 1; !existsSync(join(dir, name)); line++) {
      console.log(`line ${line}`)
      await new Promise((resolve) => setTimeout(resolve, Number(ms)))
    }
  },
  run: (line) => spawnSync('/bin/sh', ['-c', line]),
  write: (name) => writeFileSync(name, ''),
  until: (name) => fileIn(dir, name),
  child: () => {
    const stubborn = "process.on('SIGHUP', () => {}); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"
    const child = spawn(process.execPath, ['-e', stubborn], { detached: true, stdio: 'ignore' })
    console.log(`child ${child.pid}.`)
  },
  ignore: () => {
    for (const signal of ['SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {})
    process.stdout.on('error', () => {}) // its terminal may be gone
    console.log(`agent ${process.pid}.`)
  },
  breed: () => {
    const stubborn =
      "for (const s of ['SIGHUP', 'SIGTERM', 'SIGINT']) process.on(s, () => {}); setInterval(() => {}, 1000)"
    const breed = () => {
      const child = spawn(process.execPath, ['-e', stubborn], { detached: true, stdio: 'ignore' })
      appendFileSync(join(dir, 'bred'), `${child.pid}\n`)
      if (readFileSync(join(dir, 'bred'), 'utf8').split('\n').length > 3) process.exit(0)
    }
    for (const signal of ['SIGHUP', 'SIGTERM'] as const) process.on(signal, breed)
    process.stdout.on('error', () => {}) // its terminal may be gone
    console.log(`breeds ${process.pid}.`)
  },
  ask: () =>
    new Promise<void>((resolve) => {
      process.stdin.setRawMode(true).once('data', () => {
        process.stdin.setRawMode(false).pause()
        console.log('thanks')
        resolve()
      })
    }),
  read: () =>
    new Promise<void>((resolve) => {
      let typed = ''
      process.stdout.write('\x1b[?2004h> ')
      process.stdin.setRawMode(true).on('data', function take(keys: Buffer) {
        if (keys.toString() !== '\r') {
          typed += keys
          process.stdout.write('.')
          return
        }
        process.stdin.off('data', take).setRawMode(false).pause()
        console.log(`\r\ngot ${JSON.stringify(typed)}`)
        resolve()
      })
    }),
  measure: () =>
    new Promise<void>((resolve) => {
      let pasted = ''
      process.stdout.write('\x1b[?2004h> ')
      process.stdin.setRawMode(true).on('data', function take(keys: Buffer) {
        pasted += keys
        if (!pasted.endsWith('\x1b[201~')) return
        process.stdin.off('data', take).setRawMode(false).pause()
        const text = pasted.slice(6, -6)
        console.log(`\r\n${text.length} bytes ${createHash('sha256').update(text).digest('hex').slice(0, 20)}`)
        resolve()
      })
    }),
  size: () => console.log(`${process.stdout.columns}x${process.stdout.rows}`),
  stay: () => new Promise(() => setInterval(() => {}, 60_000)),
  exit: (code) => process.exit(Number(code)),
}

for (const step of script.split('; ').filter(Boolean)) {
  const [verb = '', ...rest] = step.split(' ')
  await acts[verb]?.(rest.join(' '))
}

function fileIn(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!existsSync(join(folder, name))) return
      watcher.close()
      resolve()
    }
    const watcher = watch(folder, look)
    look()
  })
}
