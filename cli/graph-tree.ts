import type { GraphNode } from '../protocol/answers.ts'
import { type Look, shorten, wide } from './look.ts'
import { taskStatus, taskWord } from './status-words.ts'

/** A task as a graph shows it; in a plan that is not yet imported its id is its name there. */
export type Drawn = Pick<GraphNode, 'title' | 'status' | 'priority' | 'ready' | 'critical'> & {
  id: string
  needs: readonly string[]
  waitsFor: readonly string[]
  stuck: readonly string[]
}

/** Where no terminal says how wide, a tree goes so deep before it goes on further below. */
const DEEPEST = 24
/** What a line needs beside its guides to be worth reading. */
const READABLE = 45

/** A task that comes twice is shown where it first comes; `shown` remembers across trees. */
type Trees = { byId: ReadonlyMap<string, Drawn>; childrenOf: (id: string) => readonly string[]; look: Look }
type Step = { id: string; guides: string; branch: string; depth: number }

/** Trees as lines: each of `roots`, below it its children. Not recursive: a chain may be longer than a stack is deep. */
export function treeLines(roots: readonly string[], trees: Trees, shown = new Set<string>()): string[] {
  const { byId, childrenOf, look } = trees
  const deepest = look.width === undefined ? DEEPEST : Math.max(2, Math.floor((look.width - READABLE) / 3))
  const lines: string[] = []
  const later: string[] = []
  const stack = stepsOf(roots)
  for (let step = stack.pop() ?? next(later, shown); step; step = stack.pop() ?? next(later, shown)) {
    const { id, guides, branch, depth } = step
    const node = byId.get(id)!
    const again = shown.has(id)
    const below = !again && depth > deepest
    if (below) later.push(id)
    lines.push(lineOf(node, guides + branch, again ? 'above' : below ? 'below' : undefined, look))
    if (again || below) continue
    shown.add(id)
    const inner = guides + (depth === 0 ? '' : branch === '└─ ' ? '   ' : '│  ')
    stack.push(...stepsOf(childrenOf(id), inner, depth + 1))
  }
  return lines
}

/** What was too deep goes on at the margin. */
function next(later: string[], shown: ReadonlySet<string>): Step | undefined {
  for (let id = later.shift(); id !== undefined; id = later.shift())
    if (!shown.has(id)) return { id, guides: '', branch: '', depth: 0 }
  return undefined
}

/** Last first, as a stack wants them. */
function stepsOf(ids: readonly string[], guides = '', depth = 0): Step[] {
  return ids
    .map((id, at) => ({ id, guides, branch: depth === 0 ? '' : at === ids.length - 1 ? '└─ ' : '├─ ', depth }))
    .reverse()
}

function lineOf(node: Drawn, before: string, elsewhere: 'above' | 'below' | undefined, look: Look): string {
  const { paint, width = Number.POSITIVE_INFINITY } = look
  const { id, title } = node
  const head = `${paint.dim(before)}${elsewhere ? paint.dim('·') : taskStatus(node, look, true)} ${paint.dim(id)}  `
  const marks = elsewhere ? elsewhere : marksOf(node).join(', ')
  const room = width - wide(head)
  const beside = room - (marks ? wide(marks) + 2 : 0)
  const roomy = beside >= Math.min(wide(title), 16)
  const text = shorten(oneLine(title), Math.max(1, roomy ? beside : room))
  return shorten(`${head}${elsewhere ? paint.dim(text) : text}${roomy && marks ? `  ${paint.dim(marks)}` : ''}`, width)
}

function marksOf({ status, priority, ready, critical, stuck, waitsFor, needs }: Drawn): string[] {
  return [
    status === 'todo' ? '' : taskWord({ status }),
    ready ? 'ready' : '',
    priority === 'high' || priority === 'urgent' ? priority : '',
    critical ? 'critical' : '',
    stuck.length ? 'stuck' : '',
    !stuck.length && needs.length > 1 && waitsFor.length > 1 ? `waits for ${waitsFor.length}` : '',
  ].filter(Boolean)
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
