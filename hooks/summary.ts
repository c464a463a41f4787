import { countLines, oneLine } from './text.ts'

type Fields = Record<string, unknown>

/** What a tool call does, for people: `Edit src/date.ts +3 −1`, `Bash npm test`. `response` is asked only for line counts. */
export function formatToolActivity(
  tool: string,
  input: unknown,
  where: { cwd?: string; response?: unknown } = {},
): string {
  const fields = fieldsOf(input)
  const server = /^mcp__(.+?)__(.+)$/.exec(tool)
  if (server) return oneLine(`${server[1]}: ${server[2]}`)
  const describe = Object.hasOwn(describers, tool) ? describers[tool] : undefined
  const does = (describe ?? describeUnknown)(fields, where)
  return oneLine(does ? `${tool} ${does}` : tool)
}

type Describer = (input: Fields, where: { cwd?: string; response?: unknown }) => string

const file: Describer = (input, { cwd }) => relativePath(text(input.file_path) || text(input.notebook_path), cwd)
/** ` and 2 more`: a patch may change several files at once. */
const others = ({ files }: Fields) => (Array.isArray(files) && files.length > 1 ? ` and ${files.length - 1} more` : '')
const subject: Describer = ({ subject, taskId, status }) =>
  [text(subject) || text(taskId) || number(taskId), text(status)].filter(Boolean).join(' ')
const agent: Describer = ({ subagent_type: type, description }) =>
  [text(type), text(description)].filter(Boolean).join(': ')

/** Of a command of many lines, which line is shown is not all there is. */
const shell: Describer = ({ command, description }) => {
  const lines = text(command)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.length > 1 ? `${oneLine(lines[0]!)} …` : oneLine(text(command)) || text(description)
}
const part: Describer = (input, where) => {
  const { offset, limit } = input
  const last = typeof limit === 'number' && typeof offset === 'number' ? offset + limit - 1 : limit
  return `${file(input, where)}${typeof last === 'number' ? `:${number(offset) || 1}–${last}` : ''}`
}
const todos: Describer = ({ todos }) => {
  if (!Array.isArray(todos)) return ''
  const now = todos.map(fieldsOf).find(({ status }) => status === 'in_progress')
  const done = todos.filter((todo) => fieldsOf(todo).status === 'completed').length
  return [`${done}/${todos.length}`, text(now?.activeForm) || text(now?.content)].filter(Boolean).join(' ')
}

const describers: Record<string, Describer> = {
  Bash: shell,
  Read: part,
  NotebookEdit: file,
  Edit: (input, where) => `${file(input, where)}${others(input)}${lineChanges(input, where.response)}`,
  MultiEdit: file,
  Write: (input, where) => `${file(input, where)}${lineChanges(input, where.response)}`,
  Grep: ({ pattern, path }, { cwd }) => `${text(pattern)}${path ? ` in ${relativePath(text(path), cwd)}` : ''}`,
  Glob: ({ pattern, path }, { cwd }) => `${text(pattern)}${path ? ` in ${relativePath(text(path), cwd)}` : ''}`,
  Agent: agent,
  Task: agent,
  WebFetch: ({ url }) => hostAndPath(text(url)),
  WebSearch: ({ query }) => text(query),
  Skill: ({ skill, args }) => [text(skill), text(args)].filter(Boolean).join(' '),
  AskUserQuestion: (input) => questionOf(input),
  TaskCreate: subject,
  TaskUpdate: subject,
  TaskGet: subject,
  SendMessage: ({ to, summary }) => [text(to) && `to ${text(to)}`, text(summary)].filter(Boolean).join(': '),
  TodoWrite: todos,
  ExitPlanMode: () => '',
}

/** The field of an unknown tool that most likely says what it is about. */
const telling = [
  ...['command', 'query', 'url', 'pattern', 'description', 'subject', 'name', 'title', 'id'],
  ...['taskId', 'task_id', 'shell_id', 'bash_id'],
]
const describeUnknown: Describer = (input, where) => {
  const path = text(input.file_path) || text(input.path)
  if (path) return relativePath(path, where.cwd)
  const key = telling.find((name) => text(input[name]))
  return key === 'url' ? hostAndPath(text(input.url)) : key ? text(input[key]) : ''
}

/** The question an agent asks a person, with how many follow. */
export function questionOf(input: unknown): string {
  const { questions } = fieldsOf(input)
  if (!Array.isArray(questions)) return ''
  const first = text(fieldsOf(questions[0]).question)
  return questions.length > 1 ? `${first} (and ${questions.length - 1} more)` : first
}

/** ` +3 −1`, from the patch where the agent says it, else from the texts. */
function lineChanges(input: Fields, response: unknown): string {
  const [added, removed] = patchedLines(response) ?? textLines(input)
  return `${added ? ` +${added}` : ''}${removed ? ` −${removed}` : ''}`
}

function patchedLines(response: unknown): [number, number] | undefined {
  const { structuredPatch } = fieldsOf(response)
  if (!Array.isArray(structuredPatch) || structuredPatch.length === 0) return
  const lines = structuredPatch.flatMap((hunk) => fieldsOf(hunk).lines ?? [])
  const starting = (sign: string) => lines.filter((line) => typeof line === 'string' && line.startsWith(sign)).length
  return [starting('+'), starting('-')]
}

function textLines({ content, old_string, new_string, replace_all }: Fields): [number, number] {
  if (typeof content === 'string') return [countLines(content), 0]
  if (typeof old_string !== 'string' || typeof new_string !== 'string' || replace_all === true) return [0, 0]
  const before = old_string.split('\n')
  const after = new_string.split('\n')
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  return [after.length - start - end, before.length - start - end]
}

/** `850 ms`, `1.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, '')} s`
  const seconds = Math.round(ms / 1_000)
  const pair = (size: number, name: string, small: number, smallName: string) => {
    const rest = Math.floor((seconds % size) / small)
    return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${smallName}` : ''}`
  }
  if (seconds < 3_600) return pair(60, 'min', 1, 's')
  return seconds < 172_800 ? pair(3_600, 'h', 60, 'min') : pair(86_400, 'd', 3_600, 'h')
}

/** The last part of a path, of this system or of Windows; a path that has no parts as it is. */
export function getFileName(path: string): string {
  const parts = path.split(/[\\/]/).filter(Boolean)
  return parts.at(-1) ?? path
}

/** As seen from `cwd` where it is below it; else as it is. The end of a long path says more than its start. */
export function relativePath(path: string, cwd?: string): string {
  const root = cwd?.replace(/\/+$/, '')
  const seen = root && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
  return seen.length > 120 ? `…/${seen.split('/').slice(-2).join('/')}` : seen
}

/** Where a URL leads, without what may be secret in it: user, query, fragment. */
export function hostAndPath(url: string): string {
  const [, host = '', path = ''] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)([^?#]*)/i.exec(url) ?? []
  return host ? `${host}${path === '/' ? '' : path}` : url.replace(/[?#].*/s, '')
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): string => (typeof value === 'number' ? String(value) : '')

/** The fields of a JSON object; none of anything else. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {} // an object that is no array has string keys
