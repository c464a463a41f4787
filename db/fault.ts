/** What went wrong in words for the log: a failed query's cause, never the values that were in it. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message.split('\nparams:')[0]!
}
