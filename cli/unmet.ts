import { type ErrorCode, MaestroError } from '../protocol/errors.ts'

/** What was waited for has not come about. `data` says what there is instead, `next` what to do from here. */
export class Unmet extends MaestroError {
  readonly data: { next: string[] }
  constructor(code: ErrorCode, message: string, data: { next: string[] }) {
    super(code, message, data.next[0] === undefined ? {} : { suggestion: data.next[0] })
    this.data = data
  }
}
