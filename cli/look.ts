import { stripVTControlCharacters } from 'node:util'
import type pico from 'picocolors'

/** How to show: with which colours, how wide (undefined: no terminal, so nothing is cut), and when (ms since 1970). */
export type Look = { paint: ReturnType<typeof pico.createColors>; width: number | undefined; now: number }

export type Column<T> = {
  title: string
  cell: (row: T) => string
  /** Gives way when the terminal is too narrow. */
  flexible?: true
  /** Left out when the terminal is narrower still. */
  spare?: true
  right?: true
}

const GAP = 2
const READABLE = 20
const NARROWEST = 6

/** A compact table that fits the terminal; without one, nothing is cut. Columns that are empty throughout are left out. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], look: Look): string {
  const filled = columns.filter(({ cell }) => rows.some((row) => cell(row) !== ''))
  const cells = rows.map((row) => filled.map(({ cell }) => cell(row).replace(/\s+/g, ' ').trim()))
  const natural = filled.map(({ title }, at) => Math.max(wide(title), ...cells.map((line) => wide(line[at]!))))
  const { width = Number.POSITIVE_INFINITY } = look
  const widths = narrowed(natural, filled, width, READABLE)
  const spare = filled.findLastIndex((column) => column.spare)
  if (total(widths) > width && spare >= 0) return table(rows, filled.toSpliced(spare, 1), look)
  return draw(filled, cells, narrowed(natural, filled, width, NARROWEST), look)
}

function draw<T>(columns: readonly Column<T>[], cells: string[][], widths: number[], { paint }: Look): string {
  const line = (texts: string[]) =>
    texts
      .map((text, at) => pad(text, widths[at]!, columns[at]!.right))
      .join(' '.repeat(GAP))
      .trimEnd()
  return [paint.dim(line(columns.map(({ title }) => title))), ...cells.map(line)].join('\n')
}

/** Takes from the widest of those that give way until all fit, or all of them are down to `least`. */
function narrowed(natural: number[], columns: readonly { flexible?: true }[], width: number, least: number): number[] {
  const widths = [...natural]
  const giving = columns.flatMap(({ flexible }, at) => (flexible ? [at] : []))
  for (let over = total(widths) - width; over > 0; over--) {
    const at = giving.reduce((best, each) => (widths[each]! > widths[best]! ? each : best), giving[0] ?? -1)
    if (at < 0 || widths[at]! <= least) break
    widths[at]!--
  }
  return widths
}

const total = (widths: number[]) => widths.reduce((sum, each) => sum + each + GAP, -GAP)

function pad(text: string, width: number, right?: true): string {
  const cut = shorten(text, width)
  const space = ' '.repeat(Math.max(0, width - wide(cut)))
  return right ? space + cut : cut + space
}

/** `text` in at most `width` columns. Its colours end where they would. */
export function shorten(text: string, width: number): string {
  if (wide(text) <= width) return text
  let kept = ''
  let used = 0
  for (const [part] of text.matchAll(/\u001b\[[\d;]*m|[\s\S]/gu)) {
    if (part.startsWith('\u001b')) kept += part
    else if (used < width) {
      used += widthOf(part)
      kept = used < width ? kept + part : `${kept.trimEnd()}…`
    }
  }
  return kept
}

/** How many columns of a terminal `text` takes. */
export function wide(text: string): number {
  let columns = 0
  for (const character of stripVTControlCharacters(text)) columns += widthOf(character)
  return columns
}

function widthOf(character: string): number {
  if (/\p{Mark}|\u200d|[\ufe00-\ufe0f]/u.test(character)) return 0
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    character,
  )
    ? 2
    : 1
}

/** A page: each fact on a line of its own, its name before it. Facts that are empty are left out. */
export function facts(pairs: readonly (readonly [string, string | null | undefined | false])[], look: Look): string {
  const given = pairs.flatMap(([name, value]) => (value ? [[name, value] as const] : []))
  const width = Math.max(...given.map(([name]) => wide(name)))
  return given.map(([name, value]) => hanging(look.paint.dim(name.padEnd(width)), value, look)).join('\n')
}

/** `text` behind `head`, and where the terminal is too narrow for one line, the others below its beginning. */
export function hanging(head: string, text: string, { width }: Look): string {
  const column = wide(head) + 2
  if (width === undefined) return `${head}  ${text}`
  // Beside a head that long there is no room for words.
  if (width - column < NARROWEST * 2)
    return [head, ...wrapped(text, width - 6).map((line) => `      ${line}`)].join('\n')
  const [first = '', ...rest] = wrapped(text, width - column)
  return [`${head}  ${first}`, ...rest.map((line) => ' '.repeat(column) + line)].join('\n')
}

/** What somebody wrote, in lines that fit the terminal. Lists keep their form, and what looks like code stays as it is. */
export function prose(text: string, { width }: Look): string {
  if (width === undefined) return text
  let inCode = false
  const lines = text.split('\n').flatMap((line) => {
    if (line.startsWith('```')) inCode = !inCode
    if (inCode || wide(line) <= width || /^( {4}|\t)/.test(line)) return [line]
    const [, start = '', rest = ''] = /^(\s*(?:[-*]|\d+\.)?\s*)(.*)$/.exec(line) ?? []
    return wrapped(rest, width - wide(start)).map((part, at) => (at === 0 ? start : ' '.repeat(wide(start))) + part)
  })
  return lines.join('\n')
}

/** `text` in lines of at most `width` columns, broken between words where it can be; one line without a width. */
export function wrapped(text: string, width: number | undefined): string[] {
  if (width === undefined) return [text]
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && wide(last) + 1 + wide(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

export function indent(text: string, by = 2): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by))
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A duration for people, in one unit: `4 min`. */
export function lasting(ms: number): string {
  const [unit, size] = units.find(([, size]) => ms >= size) ?? units[3]
  return `${Math.floor(ms / size)} ${unit}`
}

/** A moment (ms since 1970) seen from now: `4 min ago`, `in 2 d`, `now`. */
export function ago(at: number, now: number): string {
  if (Math.abs(now - at) < 1_000) return 'now'
  return at > now ? `in ${lasting(Math.round((at - now) / 1000) * 1000)}` : `${lasting(now - at)} ago`
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
