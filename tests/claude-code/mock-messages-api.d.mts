type Turn = string | Record<string, unknown>
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
