import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { countLines } from '../hooks/text.ts'
import type { DemoCli } from './demo-cli.ts'
import { type Fields, type Report, reportTool, type ToolEnd } from './demo-report.ts'
import type { Stage } from './demo-stage.ts'

export type Play = {
  stage: Stage
  report: Report
  cli: DemoCli
  /** Where it works. */
  folder: string
  task: string | undefined
  /** ms */
  patience: number
}

const notes = `# Days

- daysBetween counts whole days
- dates come as milliseconds
- check.mjs must pass
`
const broken = `export const daysBetween = (from, to) => (to - from) / 86_400\n`
const fixed = `export const daysBetween = (from, to) => Math.round((to - from) / 86_400_000)\n`
const check = `import assert from 'node:assert'
import { daysBetween } from './days.mjs'
const days = daysBetween(Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 31))
assert.equal(days, 30, \`expected 30 days, got \${days}\`)
console.log('1 check passed')
`

/** A whole session: reads, fails, mends, asks a person, has a subagent look, and completes its task. */
export async function play(scene: Play): Promise<void> {
  const { stage, report, cli, task } = scene
  await Promise.all([
    write(scene, 'notes.md', notes),
    write(scene, 'days.mjs', broken),
    write(scene, 'check.mjs', check),
  ])
  greet(stage)
  await report('SessionStart', { source: 'startup', model: 'demo' })
  const prompt = await understand(scene)
  await report('UserPromptSubmit', { prompt })
  const steps = task ? openSteps(await cli.ask('subtask', 'list', task)) : []
  for (const { title } of steps) stage.line(stage.paint.dim(`  ☐ ${title}`))
  await stage.pause(900)
  await repair(scene)
  await finish(scene, steps.slice(0, 1))
  await review(scene)
  await askAPerson(scene)
  await finish(scene, steps.slice(1))
  if (task)
    await cli.do('task', 'complete', task, '--summary', 'daysBetween counts whole days again; its check passes (demo)')
  const last = 'Done: daysBetween counts whole days again, and its check passes.'
  await say(stage, last)
  await report('Stop', { stop_hook_active: false, last_assistant_message: last, background_tasks: [] })
  await stage.pause(700)
}

function greet(stage: Stage): void {
  const { paint } = stage
  stage.line()
  stage.line(`  ${paint.bold(paint.magenta('◆ Maestro demo agent'))}`)
  stage.line(paint.dim('  A script in a real terminal. It reports by the real hooks and the real'))
  stage.line(paint.dim('  command line, and works in a folder of its own.'))
  stage.line()
}

async function understand({ stage, cli, task }: Play): Promise<string> {
  const title = task ? titleIn(await cli.ask('task', 'show', task)) : undefined
  const prompt = title ?? 'Make daysBetween count whole days'
  stage.line()
  stage.line(`${stage.paint.dim('>')} ${stage.paint.bold(prompt)}`)
  await stage.pause(800)
  await say(stage, 'I will read the notes first, then run the check and see.')
  return prompt
}

/** The part that fails and is mended. */
async function repair(scene: Play): Promise<void> {
  const { stage, cli, task } = scene
  await use(scene, 'Read', { file_path: path(scene, 'notes.md') }, () => read(scene, 'notes.md'), 900)
  await use(scene, 'Bash', { command: 'node check.mjs', description: 'Run the check' }, () => runCheck(scene), 1_300)
  await say(stage, 'It divides by seconds, but dates come as milliseconds.')
  const edit = { file_path: path(scene, 'days.mjs'), old_string: broken, new_string: fixed, replace_all: false }
  await use(scene, 'Edit', edit, () => editDays(scene), 1_200)
  await use(
    scene,
    'Bash',
    { command: 'node check.mjs', description: 'Run the check again' },
    () => runCheck(scene),
    1_300,
  )
  if (task) await cli.do('update', 'The check failed because of seconds; it passes now')
}

/** A subagent has its own id, and its tools carry it. */
async function review(scene: Play): Promise<void> {
  const { stage, report } = scene
  const agent = { agent_id: `demo${crypto.randomUUID().slice(0, 8)}`, agent_type: 'reviewer' }
  await say(stage, 'Another pair of eyes, before I go on.')
  await report('SubagentStart', agent)
  await use(scene, 'Read', { file_path: path(scene, 'days.mjs') }, () => read(scene, 'days.mjs'), 1_200, agent)
  await report('SubagentStop', {
    ...agent,
    stop_hook_active: false,
    last_assistant_message: 'Rounds, so daylight saving does no harm.',
  })
}

/** As the real agent does: the tool starts, the dialog opens, and a "no" sends no event at all. */
async function askAPerson(scene: Play): Promise<void> {
  const { stage, report } = scene
  const { paint } = stage
  const call = { command: 'node check.mjs > report.txt', description: 'Keep the result' }
  stage.line()
  stage.line(`  ${paint.yellow('▲ May I run this?')}  ${call.command}`)
  stage.line(paint.dim('    y or Enter: yes · n: no'))
  const end = await reportTool(report, 'Bash', call, async () => {
    await report('PermissionRequest', { tool_name: 'Bash', tool_input: call })
    return (await isAllowed(scene)) ? keepReport(scene) : 'refused'
  })
  if (end === 'refused') return say(stage, 'Then I leave it at that.')
  show(stage, `${paint.bold('Bash')}(${call.command})`, end)
  await stage.pause(400)
}

async function isAllowed({ stage, patience }: Play): Promise<boolean> {
  const { paint } = stage
  const answer = await stage.spin(paint.yellow('waiting for you'), stage.ask(patience))
  stage.line(paint.dim(answer === 'nobody' ? '    nobody answered; this is a demo, so I go on' : `    ${answer}`))
  stage.line()
  return answer !== 'no'
}

type Step = { id: string; title: string }

async function finish({ cli, task, stage }: Play, steps: Step[]): Promise<void> {
  if (!task) return
  for (const { id } of steps) {
    await cli.do('subtask', 'complete', task, id)
    await stage.pause(500)
  }
}

/** Uses a tool for real, shows it, and lets it take as long as it would an agent. */
async function use(
  scene: Play,
  tool: string,
  input: Fields,
  work: () => Promise<ToolEnd>,
  ms: number,
  more: Fields = {},
): Promise<void> {
  const { stage, report } = scene
  const { paint } = stage
  const what = String(input.command ?? input.file_path ?? '').replace(`${scene.folder}/`, '')
  const both = reportTool(report, tool, input, async () => (await Promise.all([work(), stage.pause(ms)]))[0], more)
  const end = await stage.spin(`${paint.bold(tool)} ${paint.dim(what)}`, both)
  if (end !== 'refused') show(stage, `${paint.bold(tool)}(${what})`, end)
  await stage.pause(400)
}

function show(stage: Stage, call: string, end: Exclude<ToolEnd, 'refused'>): void {
  const { paint } = stage
  const isFailed = 'error' in end
  stage.line(`${isFailed ? paint.red('●') : paint.green('●')} ${call}`)
  const said = isFailed ? end.error.split('\n').slice(0, 2).join(' · ') : outcomeOf(end.response)
  stage.line((isFailed ? paint.red : paint.dim)(`  └ ${said}`))
}

async function say(stage: Stage, text: string): Promise<void> {
  stage.line()
  await stage.type(`${stage.paint.cyan('●')} ${text}`)
  await stage.pause(600)
}

const path = ({ folder }: Play, name: string) => join(folder, name)
const write = (scene: Play, name: string, text: string) => writeFile(path(scene, name), text)

async function read(scene: Play, name: string): Promise<ToolEnd> {
  const content = await readFile(path(scene, name), 'utf8')
  const numLines = countLines(content)
  return {
    response: {
      type: 'text',
      file: { filePath: path(scene, name), content, numLines, startLine: 1, totalLines: numLines },
    },
  }
}

async function editDays(scene: Play): Promise<ToolEnd> {
  await write(scene, 'days.mjs', fixed)
  const lines = [`-${broken.trimEnd()}`, `+${fixed.trimEnd()}`]
  const structuredPatch = [{ oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines }]
  return { response: { filePath: path(scene, 'days.mjs'), originalFile: broken, structuredPatch, userModified: false } }
}

/** The check is a real program; what it says and how it ends is real too. */
function runCheck({ folder }: Play): Promise<ToolEnd> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['check.mjs'], { cwd: folder, encoding: 'utf8' }, (error, stdout, stderr) => {
      const reason = /AssertionError.*?: (.*)/.exec(stderr)?.[1] ?? stderr.trim()
      if (error) resolve({ error: `Exit code ${error.code ?? 1}\n${reason}` })
      else resolve({ response: { stdout: stdout.trim(), stderr, interrupted: false, isImage: false } })
    })
  })
}

async function keepReport(scene: Play): Promise<ToolEnd> {
  const end = await runCheck(scene)
  if (end === 'refused' || 'error' in end) return end
  await write(scene, 'report.txt', '1 check passed\n')
  return { response: { stdout: '', stderr: '', interrupted: false, isImage: false } }
}

function outcomeOf(response: unknown): string {
  if (typeof response !== 'object' || response === null) return 'done'
  if ('file' in response) return 'read'
  if ('structuredPatch' in response) return '+1 −1'
  return 'stdout' in response && response.stdout ? String(response.stdout) : 'done'
}

function titleIn(task: unknown): string | undefined {
  return typeof task === 'object' && task !== null && 'title' in task ? String(task.title) : undefined
}

const Steps = z.object({ items: z.array(z.looseObject({ id: z.string(), title: z.string(), status: z.string() })) })

/** The subtasks of an answer that are not done; an answer of another shape has none. */
function openSteps(answer: unknown): Step[] {
  const steps = Steps.safeParse(Array.isArray(answer) ? { items: answer } : answer)
  return steps.success ? steps.data.items.filter(({ status }) => status !== 'done') : []
}
