import type { Seen, Turn } from '../claude-code/mock-messages-api.mjs'

const plan = `title: The catalogue in three languages
tasks:
  - name: survey
    title: Survey what is there
    priority: high
  - name: parse
    title: Parse the old catalogue
    needs: [survey]
    acceptance: The parser's own test passes
  - name: store
    title: Store it in one place
    needs: [parse]
  - name: report
    title: Report what is missing
    needs: [survey]
    subtasks: [List it, Say why]
  - name: translate
    title: Translate the titles
    needs: [store]
  - name: ship
    title: Ship the pages
    needs: [translate, report]
`

type Task = { id: string; title: string; status: string; assignee: string | null; attempts: unknown[]; needs: string[] }
type Answer = {
  success: boolean
  data: { items: Task[]; cursor: string | null }
  error?: string
  message?: string
  suggestion?: string
}

/**
 * A model that leads, in place of a real one: it knows nothing but what the command line answers, takes every id and
 * every next step from there, and complains of what it did not expect. `turn` is its next reply.
 */
export function leader(profile: string, workspace: string) {
  const complaints: string[] = []
  let goal = ''
  let next: (answer: Answer) => Turn = lookAround

  const run = (command: string, then: (answer: Answer) => Turn): Turn => {
    next = then
    return { tool: 'Bash', input: { command, description: 'Lead' } }
  }
  const list = () => run('maestro task list --limit 100 --json', decide)

  function lookAround(): Turn {
    return run('maestro status --json', () => run(`maestro task import - --json <<'PLAN'\n${plan}PLAN`, planned))
  }

  function planned({ success, message }: Answer): Turn {
    if (!success) complaints.push(`the plan was refused: ${message}`)
    return list()
  }

  function decide({ data: { items } }: Answer): Turn {
    const own = items.find(({ id }) => goal.includes(id))
    const mine = items.filter((task) => task !== own)
    if (mine.every(({ status }) => status === 'done')) {
      return run(`maestro task complete ${own?.id} --summary "All six tasks are done" --json`, finished)
    }
    const review = mine.find(({ status }) => status === 'in_review')
    if (review) return run(`maestro task complete ${review.id} --summary "Looked at it: it is right" --json`, list)
    const done = new Set(mine.filter(({ status }) => status === 'done').map(({ id }) => id))
    const ready = mine.find(
      (task) => task.status === 'todo' && !task.assignee && task.needs.every((id) => done.has(id)),
    )
    if (ready) {
      return run(`maestro session spawn ${ready.id} --profile ${profile} --workspace ${workspace} --json`, (answer) => {
        if (!answer.success) complaints.push(`a worker was refused: ${answer.message}`)
        return list()
      })
    }
    return run('maestro wait --until ended --any --timeout 60s --json', ({ success, message }) => {
      if (!success) complaints.push(`waiting came to nothing: ${message}`)
      return list()
    })
  }

  function finished({ success, message }: Answer): Turn {
    if (!success) complaints.push(`the end was refused: ${message}`)
    return 'All six tasks are done.'
  }

  return {
    complaints,
    turn: ({ firstUser, lastUser }: Seen): Turn => {
      goal = firstUser
      const [line = '{}'] = lastUser
        .split('\n')
        .filter((one) => one.startsWith('{"success"'))
        .slice(-1)
      return next(JSON.parse(line) as Answer)
    },
  }
}
