export type Facts = Record<string, unknown>
export type Log = (level: 'info' | 'warn' | 'error', message: string, facts?: Facts) => void

/** One JSON object per line on standard error. Callers pass ids and sentences: never keys, environments or payloads. */
export const logToStderr: Log = (level, message, facts = {}) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...facts })}\n`)
}

/** What an error says, with what was behind it. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
