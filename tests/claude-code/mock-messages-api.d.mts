/** What a model is shown, as far as a turn may look at it. */
export type Seen = { system: string; firstUser: string; lastUser: string; messageCount: number; cwd: string }
export type Turn = string | Record<string, unknown> | ((seen: Seen) => Turn)
export type Mock = {
  url: string
  requests: Record<string, unknown>[]
  push: (lane: string, ...turns: Turn[]) => void
  unused: () => Record<string, number>
  close: () => Promise<void>
}
export function startMockMessagesApi(options?: {
  script?: object | string
  port?: number
  logBodies?: boolean
}): Promise<Mock>
