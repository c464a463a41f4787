import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { ProjectId, SessionId } from '../../protocol/ids.ts'

const run = promisify(execFile)
export const root = join(import.meta.dirname, '../..')
const shim = join(root, 'cli/maestro')

type Ready = { ready: true; url: string; signIn: string; pid: number; ms: number }
export type Answer = { code: number; out: string; err: string }

/** The whole product, started as a user starts it, in an empty home of its own. */
export class System {
  readonly home: string
  readonly repository: string
  #child: ChildProcess | undefined
  #errors = ''
  ready!: Ready

  constructor() {
    // A person's own folders are not within each other either: the policy refuses to lie inside a workspace.
    const place = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-e2e-')))
    this.home = join(place, 'home')
    this.repository = join(place, 'app')
  }

  /** A repository with one commit, as the workspace `app`; `policy` is added to what this machine allows. */
  async start(policy = ''): Promise<this> {
    mkdirSync(this.repository, { recursive: true })
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com', ...args], { cwd: this.repository })
    await git('init', '-q', '-b', 'main')
    writeFileSync(join(this.repository, 'README.md'), '# app\n')
    await git('add', '-A')
    await git('commit', '-qm', 'init')
    await this.up()
    await this.cli('spawner', 'workspace', 'add', this.repository, '--name', 'app')
    if (policy) {
      const file = join(this.home, 'spawner.toml')
      writeFileSync(file, `${readFileSync(file, 'utf8')}\n${policy}\n`, { mode: 0o600 })
    }
    return this
  }

  /** `npm start -- --json --no-open`, less npm. */
  async up(port = 0): Promise<Ready> {
    const child = spawn(shim, ['up', '--json', '--no-open', '--port', String(port)], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stderr.on('data', (data) => {
      this.#errors += data
    })
    this.ready = await new Promise<Ready>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        const answer = JSON.parse(line) as Ready | { success: false } // when it cannot start, it says so in the same place
        if ('ready' in answer) resolve(answer)
        else reject(new Error(`It did not start: ${line}`))
      })
      child.on('exit', (code) => reject(new Error(`It ended with ${code}:\n${this.#errors}`)))
    })
    return this.ready
  }

  async down(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    const child = this.#child
    if (!child || !this.#isUp) return
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.kill(signal)
    await ended
  }

  /** All that it has said on standard error, over all its starts. */
  get said(): string {
    return this.#errors
  }

  /** Ends it all, its agents too: they would outlive the server, as they should. */
  async remove(): Promise<void> {
    if (this.#isUp) await this.#stopSessions()
    await this.down()
    rmSync(join(this.home, '..'), { recursive: true, force: true, maxRetries: 5 })
  }

  get #isUp(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #stopSessions(): Promise<void> {
    for (const { id } of (await this.client().ask('project.list', {})).items) {
      const client = this.client(id)
      const live = async () => {
        const { live, sessions } = await client.query('project.show', {})
        return (Object.keys(live) as SessionId[]).filter((id) => sessions[id]?.managed) // its keys are session ids
      }
      for (const session of await live()) await client.execute('session.stop', { session })
      for (let tries = 0; tries < 200 && (await live()).length > 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** What the command line answers to these words. */
  async cli(...args: string[]): Promise<Answer> {
    return run(shim, args, { env: this.env, cwd: this.repository }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (error: { code?: number; stdout: string; stderr: string }) => ({
        code: error.code ?? 1,
        out: error.stdout,
        err: error.stderr,
      }),
    )
  }

  /** The data that a command answers with under `--json`; fails with what it said otherwise. */
  async json<T>(...args: string[]): Promise<T> {
    const { out, err } = await this.cli(...args, '--json')
    const answer = JSON.parse(out)
    if (!answer.success) throw new Error(`maestro ${args.join(' ')}: ${out}${err}`)
    return answer.data
  }

  /** The owner's own client, past the command line. */
  client(project?: ProjectId): Client {
    const { owner } = JSON.parse(readFileSync(join(this.home, 'keys.json'), 'utf8')) as { owner: string }
    return new Client({ url: this.ready.url, key: owner, ...(project && { project }) })
  }

  async project(name: string): Promise<Client> {
    const project = newId('proj')
    await this.client().ask('project.new', { project, name })
    return this.client(project)
  }

  /** What git sees of the repository: empty when nobody left anything there. */
  async gitStatus(): Promise<string> {
    return (await run('git', ['status', '--porcelain'], { cwd: this.repository })).stdout
  }

  /** What a user of this system has in the environment. */
  get env(): NodeJS.ProcessEnv {
    const { PATH, LANG, TERM } = process.env
    return { PATH, LANG, TERM, HOME: join(this.home, '..'), MAESTRO_HOME: this.home }
  }
}
