import * as z from 'zod'

const name = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'lower-case words with dashes between, like maestro-worker')

/** What a skill says of itself in manifest.json. */
export const Manifest = z.strictObject({
  name,
  version: z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, 'a version like 1.2.0'),
  description: z.string().trim().min(1, 'say what it is for, in a sentence').max(1_024),
  roles: z.array(name).min(1, 'name at least one role, worker say'),
  requires: z.array(name).default([]),
})
export type Manifest = z.infer<typeof Manifest>

/** What Claude Code reads at the top of SKILL.md. */
export const Heading = z.looseObject({ name, description: Manifest.shape.description })

/** Splits a SKILL.md into its heading (`name: value` lines between two `---`) and the text for the agent. */
export function splitHeading(source: string): { heading: Record<string, string>; text: string } {
  const [all, lines] = /^---\r?\n(.*?)\r?\n---\r?\n/s.exec(source) ?? []
  if (all === undefined || lines === undefined) return { heading: {}, text: source.trim() }
  const pairs = lines.split(/\r?\n/).map((line) => /^([\w-]+):\s*(.*)$/.exec(line))
  const heading = Object.fromEntries(pairs.flatMap((pair) => (pair ? [[pair[1], unquote(pair[2] ?? '')]] : [])))
  return { heading, text: source.slice(all.length).trim() }
}

const unquote = (value: string) => value.trim().replace(/^(["'])(.*)\1$/, '$2')
