type Edit = { tool: 'Edit' | 'Write' | 'Delete'; input: Record<string, unknown> }
type Part = { verb: string; path: string; removed: string[]; added: string[] }

/** What a patch of Codex does, as a call of the tool of Claude Code that does the same; nothing for what is no such patch. */
export function patchedFiles(patch: string): Edit | undefined {
  const parts = partsOf(patch)
  const [first] = parts
  if (!first) return undefined
  const added = parts.flatMap((part) => part.added).join('\n')
  const removed = parts.flatMap((part) => part.removed).join('\n')
  if (parts.length > 1) {
    const files = parts.slice(0, 20).map(({ path }) => path)
    return { tool: 'Edit', input: { file_path: first.path, files, old_string: removed, new_string: added } }
  }
  if (first.verb === 'Add') return { tool: 'Write', input: { file_path: first.path, content: added } }
  if (first.verb === 'Delete') return { tool: 'Delete', input: { file_path: first.path } }
  return { tool: 'Edit', input: { file_path: first.path, old_string: removed, new_string: added } }
}

function partsOf(patch: string): Part[] {
  const parts: Part[] = []
  for (const line of patch.split('\n')) {
    const [, verb, path] = /^\*\*\* (Add|Update|Delete) File: (.+)$/.exec(line) ?? []
    const part = parts.at(-1)
    if (verb && path) parts.push({ verb, path: path.trim(), removed: [], added: [] })
    else if (line.startsWith('+')) part?.added.push(line.slice(1))
    else if (line.startsWith('-')) part?.removed.push(line.slice(1))
  }
  return parts
}
