/** What went wrong in words for the log: a failed query's cause, never the values that were in it. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message.split('\nparams:')[0]!
}

/** Whether a query failed because something in it is larger than D1 takes: it would fail for ever. */
export function isTooLarge(error: unknown): boolean {
  return /too ?big|too (large|long)/i.test(faultOf(error))
}
