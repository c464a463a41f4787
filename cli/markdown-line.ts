import { nearest } from '../protocol/nearest.ts'

/** The parts of a task that stand under a heading of their own, by what people call them. */
const sections = {
  acceptance: ['done when', 'acceptance', 'acceptance criteria'],
  subtasks: ['steps', 'subtasks'],
} as const
export type Section = keyof typeof sections
export const sectionNames = Object.values(sections).flat()

export function sectionOf(heading: string): Section | undefined {
  const words = heading.toLowerCase().replace(/:$/, '')
  return sections.acceptance.some((name) => name === words)
    ? 'acceptance'
    : sections.subtasks.some((name) => name === words)
      ? 'subtasks'
      : undefined
}

/** A heading that is none of these, but nearly. */
export function nearlySection(heading: string): string | undefined {
  return sectionOf(heading) ? undefined : nearest(heading, sectionNames)
}

export function headingOf(line: string): { level: number; text: string } | undefined {
  const [, marks, text = ''] = /^ {0,3}(#{1,3})(?:[ \t]+(.*))?$/s.exec(line) ?? []
  return marks ? { level: marks.length, text: text.trim() } : undefined
}

export function checkOf(line: string): string | undefined {
  return /^\s*[-*+]\s+\[[ xX]\]\s+(\S.*)$/s.exec(line)?.[1]
}

/** For each line, whether it is inside a block of code or its fence; and where a fence begins that never ends. */
export function fenced(lines: readonly string[]): { inside: boolean[]; open: number | undefined } {
  const inside = lines.map(() => false)
  let open: number | undefined
  for (let at = 0; at < lines.length; at++) {
    const fence = fenceOf(lines[at]!)
    if (!fence) continue
    let end = at + 1
    while (end < lines.length && !closes(lines[end]!, fence)) end++
    if (end === lines.length) {
      open ??= at
      continue
    }
    inside.fill(true, at, end + 1)
    at = end
  }
  return { inside, open }
}

function fenceOf(line: string): string | undefined {
  const [, fence, after = ''] = /^\s*(`{3,}|~{3,})(.*)$/s.exec(line) ?? []
  return fence && !(fence.startsWith('`') && after.includes('`')) ? fence : undefined
}

function closes(line: string, fence: string): boolean {
  const word = line.trim()
  return word.length >= fence.length && word === fence[0]!.repeat(word.length)
}

const STRUCTURE = String.raw`(?:#{1,3}(?:[ \t]|$)|\`{3}|~{3}|[-*+]\s+\[[ xX]\]\s)`
const ESCAPED = new RegExp(String.raw`^(\s*)\\(\\*${STRUCTURE})`)
const BACKSLASHED = new RegExp(String.raw`^(\s*)(\\+${STRUCTURE})`)

/** A text as it may stand in a task: what would be read as the plan's own structure gets a backslash before it. */
export function escapeText(text: string, checks: boolean): string {
  const lines = text.split('\n')
  const { inside } = fenced(lines)
  const isStructure = (line: string) => {
    const heading = headingOf(line)
    if (heading) return heading.level < 3 || sectionOf(heading.text) || nearlySection(heading.text)
    return fenceOf(line) || (checks && checkOf(line)) || BACKSLASHED.test(line)
  }
  return lines.map((line, at) => (!inside[at] && isStructure(line) ? line.replace(/^\s*/, '$&\\') : line)).join('\n')
}

/** The inverse of `escapeText`, for a line outside of code. */
export function unescapeLine(line: string): string {
  return line.replace(ESCAPED, '$1$2')
}
