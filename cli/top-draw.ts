import type { LiveStatus } from '../client/live.ts'
import { type Look, lasting, shorten, wide } from './look.ts'
import { sessionStatus, taskStatus } from './status-words.ts'
import type { Row, Section } from './top-rows.ts'

/** How one looks at the fleet: what is selected, how far one has scrolled, and what is asked or told. */
export type View = {
  selected: string | undefined
  scrolled: number
  /** Lines of the pane below, of `paneHeight` at most, when it is open. */
  details: string[] | undefined
  help: boolean
  question: string | undefined
  notice: string | undefined
  connection: LiveStatus
}

export type Size = { cols: number; rows: number }

const NARROW = 60
const MARK = 2
const STATUS = 12
const FOR = 6
const TASK = 14
const TOKENS = 8

const helpLines = [
  'j k ↓ ↑    another line',
  'Enter      more about it, and less again',
  'a          attach to its terminal',
  's          stop it',
  'o          open Maestro in the browser',
  'q          leave; agents go on',
  '?          this',
]

/** The whole screen, line by line, none wider than the terminal; and how far it is scrolled now. */
export function drawTop(
  name: string,
  sections: Section[],
  view: View,
  size: Size,
  look: Look,
): { lines: string[]; scrolled: number } {
  const pane = paneOf(view, size)
  const room = Math.max(1, size.rows - 2 - pane.length)
  const { lines: all, at } = listOf(sections, view, size, look)
  const scrolled = scrollTo(view.scrolled, at, room, all.length)
  const list = Array.from({ length: room }, (_, y) => all[scrolled + y] ?? '')
  const lines = [
    header(name, sections, view, size, look),
    ...list,
    ...pane.map((line) => shorten(line, size.cols)),
    footer(view, size, look),
  ]
  return { lines: lines.slice(-size.rows), scrolled }
}

function listOf(sections: Section[], view: View, size: Size, look: Look): { lines: string[]; at: number } {
  const { paint } = look
  const lines: string[] = []
  let at = 0
  for (const { title, rows } of sections) {
    if (rows.length === 0 && title !== 'Needs you') continue
    if (size.rows >= 20) lines.push('')
    lines.push(
      rows.length
        ? `${paint.bold(title)} ${paint.dim(String(rows.length))}`
        : `${paint.bold(title)}  ${paint.dim('nothing')}`,
    )
    for (const row of rows) {
      if (row.id === view.selected) at = lines.length
      lines.push(line(row, row.id === view.selected, size.cols, look))
    }
  }
  return { lines, at }
}

/** Moves no further than it must to keep the selected line in sight; with the first line its title. */
function scrollTo(before: number, at: number, room: number, length: number): number {
  const wanted = Math.max(at - room + 1, Math.min(before, at <= 2 ? 0 : at))
  return Math.max(0, Math.min(wanted, length - room))
}

/** Columns stand where the terminal's width puts them, not where their contents would. */
function line(row: Row, isSelected: boolean, cols: number, look: Look): string {
  const { paint } = look
  const isNarrow = cols < NARROW
  const status =
    row.status.of === 'session' ? sessionStatus(row.status, look, isNarrow) : taskStatus(row.status, look, isNarrow)
  const columns = {
    status: isNarrow ? 2 : STATUS,
    task: cols >= 100 ? TASK : 0,
    tokens: cols >= 120 ? TOKENS : 0,
  }
  const rest = cols - MARK - columns.status - columns.task - columns.tokens - FOR - 2
  const name = isNarrow ? rest : Math.min(40, Math.floor(rest * 0.45))
  const text = [
    isSelected ? paint.bold('› ') : '  ',
    cell(status, columns.status),
    cell(isSelected ? paint.bold(shorten(row.name, name - 1)) : row.name, name),
    cell(paint.dim(row.task), columns.task),
    cell(row.what, rest - name),
    columns.tokens && row.tokens !== undefined
      ? cell(paint.dim(tokens(row.tokens)), columns.tokens, true)
      : ' '.repeat(columns.tokens),
    cell(lasting(Math.max(0, look.now - row.since)).replace('min', 'm'), FOR, true),
  ].join('')
  return text.trimEnd()
}

function cell(text: string, width: number, right = false): string {
  if (width <= 0) return ''
  const cut = shorten(text.replace(/\s+/g, ' '), Math.max(1, width - 1))
  const space = ' '.repeat(Math.max(0, width - wide(cut)))
  return right ? space + cut : cut + space
}

const tokens = (count: number) =>
  count < 1_000
    ? String(count)
    : count < 1_000_000
      ? `${Math.round(count / 1_000)}k`
      : `${(count / 1_000_000).toFixed(1)}M`

function header(name: string, sections: Section[], { connection }: View, { cols }: Size, { paint }: Look): string {
  const number = (title: string) => sections.find((section) => section.title === title)?.rows.length ?? 0
  const [needs, works, ready] = [number('Needs you'), number('Working'), number('Ready')]
  const words = (all: string) => (cols < NARROW ? '' : ` ${all}`)
  const counts = [
    ...(needs ? [paint.yellow(`▲ ${needs}${words(needs === 1 ? 'needs you' : 'need you')}`)] : []),
    ...(works ? [paint.blue(`● ${works}${words('working')}`)] : []),
    ...(ready ? [`○ ${ready}${words('ready')}`] : []),
  ]
  const state = paint[connection.state === 'live' ? 'green' : 'yellow'](connectionText(connection))
  const left = `${paint.bold(shorten(name, Math.max(8, Math.floor(cols / 3))))}  ${state}`
  const right = counts.join('  ')
  const space = cols - wide(left) - wide(right)
  return space >= 2 ? left + ' '.repeat(space) + right : shorten(left, cols)
}

function connectionText(status: LiveStatus): string {
  switch (status.state) {
    case 'live':
      return 'live'
    case 'catching-up':
      return 'catching up'
    case 'connecting':
      return 'connecting'
    case 'reconnecting':
      return 'not connected'
    case 'stopped':
      return 'ended'
  }
}

/** How many lines the pane below has; it leaves the list the larger half. */
export const paneHeight = ({ rows }: Size) => Math.max(3, Math.floor(rows / 2) - 2)

/** Details keep their height, whatever they are of: the list must not move when another line is selected. */
function paneOf({ details, help }: View, size: Size): string[] {
  const lines = help ? helpLines : details
  if (!lines) return []
  const height = help ? Math.min(lines.length, size.rows - 4) : paneHeight(size)
  return ['─'.repeat(size.cols), ...Array.from({ length: height }, (_, y) => lines[y] ?? '')]
}

const keys = [
  'Enter details · a attach · s stop · o browser · ? keys · q leave',
  'Enter · a attach · s stop · o open · ? keys · q leave',
  'Enter a s o ? q',
]

function footer({ question, notice }: View, { cols }: Size, { paint }: Look): string {
  if (question) return shorten(paint.yellow(question), cols)
  if (notice) return shorten(notice, cols)
  return shorten(paint.dim(keys.find((line) => wide(line) <= cols) ?? ''), cols)
}
