/** Everything Maestro can refuse: the HTTP status and the exit code each becomes, and whether asking again may help. */
export const errors = {
  invalid_input: { status: 400, exit: 2 },
  unauthenticated: { status: 401, exit: 4 },
  credentials_ended: { status: 401, exit: 4 },
  forbidden: { status: 403, exit: 4 },
  host_not_allowed: { status: 403, exit: 4 },
  origin_not_allowed: { status: 403, exit: 4 },
  route_not_found: { status: 404, exit: 3 },
  project_not_found: { status: 404, exit: 3 },
  task_not_found: { status: 404, exit: 3 },
  subtask_not_found: { status: 404, exit: 3 },
  session_not_found: { status: 404, exit: 3 },
  spawner_not_found: { status: 404, exit: 3 },
  key_not_found: { status: 404, exit: 3 },
  change_not_found: { status: 404, exit: 3 },
  skill_not_found: { status: 404, exit: 3 },
  template_not_found: { status: 404, exit: 3 },
  none_ready: { status: 404, exit: 3 },
  all_claimed: { status: 409, exit: 5 },
  at_capacity: { status: 409, exit: 5 },
  ambiguous_id: { status: 409, exit: 2 },
  conflict: { status: 409, exit: 5 },
  already_claimed: { status: 409, exit: 5 },
  not_ready: { status: 409, exit: 5 },
  wrong_status: { status: 409, exit: 5 },
  would_cycle: { status: 409, exit: 5 },
  id_taken: { status: 409, exit: 5 },
  frozen: { status: 409, exit: 5 },
  budget_exhausted: { status: 409, exit: 5 },
  link_used: { status: 410, exit: 4 },
  too_large: { status: 413, exit: 2 },
  not_json: { status: 415, exit: 2 },
  rate_limited: { status: 429, exit: 6, retryable: true },
  internal: { status: 500, exit: 1 },
  unavailable: { status: 503, exit: 6, retryable: true },
  unreachable: { status: 503, exit: 6, retryable: true },
  timed_out: { status: 504, exit: 7, retryable: true },
  failed: { status: 500, exit: 1 },
} as const satisfies Record<string, { status: number; exit: number; retryable?: boolean }>

export type ErrorCode = keyof typeof errors

/** What helps the one who asked: a command to run next, the field that was wrong and what it may be. */
export type Help = { suggestion?: string; field?: string; validValues?: readonly string[] }

export type ErrorBody = { error: ErrorCode; message: string; retryable: boolean } & Help

export class MaestroError extends Error {
  override name = 'MaestroError'
  readonly code: ErrorCode
  readonly help: Help
  constructor(code: ErrorCode, message: string, help: Help = {}) {
    super(message)
    this.code = code
    this.help = help
  }
  toJSON(): ErrorBody {
    return { error: this.code, message: this.message, retryable: isRetryable(this.code), ...this.help }
  }
  static from({ error, message, suggestion, field, validValues }: ErrorBody): MaestroError {
    const help = { ...(suggestion && { suggestion }), ...(field && { field }), ...(validValues && { validValues }) }
    return new MaestroError(error in errors ? error : 'failed', message, help)
  }
}

export function refuse(code: ErrorCode, message: string, help?: Help): never {
  throw new MaestroError(code, message, help)
}

export function isRetryable(code: ErrorCode): boolean {
  return 'retryable' in errors[code]
}
