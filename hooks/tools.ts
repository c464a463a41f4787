import { fieldsOf } from './summary.ts'

/** Another agent's tools as Claude Code's that do the same: its name there, and those of its arguments that have another. */
export type ToolNames = Record<string, [tool: string, fields?: Record<string, string>]>

/**
 * A tool call in the words of Claude Code, so that summaries, counts and redaction know it, whatever the agent. A tool
 * that has no such name keeps its own.
 */
export function renameTool(
  names: ToolNames,
  tool: unknown,
  input: unknown,
): { tool_name: unknown; tool_input: unknown } {
  const [known, fields = {}] = (typeof tool === 'string' && Object.hasOwn(names, tool) && names[tool]) || []
  if (!known) return { tool_name: tool, tool_input: input }
  const renamed = Object.entries(fieldsOf(input)).map(([name, value]) => [
    Object.hasOwn(fields, name) ? fields[name] : name,
    value,
  ])
  return { tool_name: known, tool_input: Object.fromEntries(renamed) }
}
