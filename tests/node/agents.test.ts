import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { agents } from '../../local-spawner/agents.ts'
import { contextFor, promptFor } from '../../local-spawner/brief.ts'
import { packagedSkills } from '../../local-spawner/programs.ts'
import type { Session, Task } from '../../protocol/model.ts'
import { newSession } from '../../protocol/session-rules.ts'
import { newTask } from '../../protocol/task-rules.ts'
import { getSkillsForRole } from '../../skills/loader.ts'

const session = (more: Partial<Session> = {}): Session => ({
  ...newSession(
    {
      session: 'sess_00000001',
      profile: 'claude',
      workspace: 'app',
      role: 'worker',
      name: 'Plant',
      prompt: '',
      skills: [],
      spawner: null,
    },
    [],
    null,
    'ann',
    0,
  ),
  ...more,
})
const task = (more: Partial<Task> = {}): Task => ({
  ...newTask(
    {
      ...{
        task: 'task_00000001',
        title: 'Plant a tree',
        description: 'An oak.',
        acceptance: 'A leaf is seen.',
        priority: 'medium',
        labels: [],
        needs: [],
      },
      subtasks: [{ subtask: 'sub_00000001', title: 'Dig' }],
    },
    'ann',
    0,
  ),
  assignee: 'sess_00000001',
  ...more,
})
const subId = (n: number) => `sub_${String(n).padStart(8, '0')}` as const
const { skills } = getSkillsForRole('worker', [packagedSkills])
const profile = {
  agent: 'claude-code' as const,
  args: ['--model', 'opus'],
  env: [],
  set: {},
  sandbox_writable: [],
  headless: false,
}
const startClaude = (given: Session, headless = false) =>
  agents['claude-code'].start({
    ...{
      brief: { session: given, tasks: [task()] },
      profile: { ...profile, headless },
      ...{ program: '/bin/claude', cwd: '/w', env: {}, dir: '/s' },
      plugin: '/s/plugin',
    },
    prompt: '--help me',
  })

describe('how Claude Code is started', () => {
  test('with what Maestro needs, then what the policy says, then the prompt, which is never an option', () => {
    const { args, agentSession } = startClaude(session())
    expect(args.slice(0, 8)).toEqual([
      ...['--settings', '/s/settings.json', '--plugin-dir', '/s/plugin', '--session-id', agentSession, '-n', 'Plant'],
    ])
    expect(args.slice(-4)).toEqual(['--model', 'opus', '--', '--help me'])
    expect(startClaude(session(), true).args).toContain('-p')
  })

  test('with a name that cannot be an option either', () => {
    const named = (name: string) => startClaude(session({ name })).args[7]
    expect(named('--dangerously-skip-permissions')).toBe('dangerously-skip-permissions')
    expect(named(' \u001b]0;x\u0007-p')).toBe(']0;x-p')
    expect(named('---')).toBe('sess_00000001')
  })

  test('with the task and its commands as the answer of the first hook', () => {
    const context = JSON.parse(startClaude(session()).files!['context.json']!)
    expect(context.hookSpecificOutput).toMatchObject({ hookEventName: 'SessionStart' })
    expect(context.hookSpecificOutput.additionalContext).toContain('maestro task complete task_00000001 --summary')
  })
})

describe('what an agent is told', () => {
  const prompt = (tasks: Task[], more: Partial<Session> = {}) => promptFor({ session: session(more), tasks }, skills)

  test('is its task with its steps, what the person asked, and last the command that completes it', () => {
    const text = prompt([task()], { prompt: 'Mind the roots.' })
    expect(text).toMatch(
      /^# Plant a tree\n\nThis is task task_00000001\.\n\nAn oak\.\n\nIt is done when: A leaf is seen\.\n\nSubtasks:\n- \[ \] sub_00000001 Dig\n\nMind the roots\./,
    )
    expect(text).toMatch(/\nmaestro task complete task_00000001 --summary "<what was done, how it was checked>"$/)
  })

  test('fits into one argument of a program, however long it was written', () => {
    const steps = Array.from({ length: 200 }, (_, n) => ({
      ...task().subtasks[0]!,
      id: subId(n),
      title: '樹'.repeat(300),
    }))
    const long = task({ description: '樹'.repeat(50_000), acceptance: '樹'.repeat(10_000), subtasks: steps })
    const own = ['a', 'b'].map((name) => ({ ...skills[0]!, name, dir: `/mine/${name}`, text: '樹'.repeat(50_000) }))
    const text = prompt(
      Array.from({ length: 20 }, () => long),
      { prompt: '樹'.repeat(20_000) },
    )
    expect(text).toContain('… (the rest: maestro task show task_00000001)')
    expect(text).not.toContain('\ufffd')
    expect(execFileSync('/bin/echo', [text]).toString()).toBe(`${text}\n`)
    const taught = promptFor({ session: session({ prompt: '樹'.repeat(20_000) }), tasks: [long] }, [...skills, ...own])
    expect(taught).toContain('… (the rest: maestro skill show b)')
    expect(taught).toMatch(/It is done when: 樹.*\n\nSubtasks:\n- \[ \] sub_00000000 樹/s)
    expect(execFileSync('/bin/echo', [taught]).toString()).toBe(`${taught}\n`)
  })

  test('at the start of a context is short', () => {
    const text = contextFor({ session: session(), tasks: [task(), task({ id: 'task_00000002', title: 'Water it' })] })
    expect(text).toContain('maestro subtask complete task_00000001 sub_00000001')
    expect(text).toContain('Then task task_00000002: Water it')
    expect(text.length).toBeLessThan(900)
  })
})
