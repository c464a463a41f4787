// What wrangler.toml binds, for the compiler.
interface Env {
  PROJECTS: DurableObjectNamespace<import('./durable-objects/project.ts').ProjectObject>
  TERMINALS: DurableObjectNamespace<import('./durable-objects/terminal.ts').TerminalObject>
  DB: D1Database
  /** The built web UI; absent where only the API runs. */
  ASSETS?: Fetcher
  /** Signs the tickets for WebSocket upgrades. */
  MAESTRO_SECRET: string
  MAESTRO_VERSION: string
  MAESTRO_MODE: 'embedded' | 'hosted'
  /** `host:port` names this Worker answers to, separated by commas; absent: whatever the platform routes here. */
  MAESTRO_ALLOWED_HOSTS?: string
  /** How often (ms) machines are expected to ping; absent: as often as clients do. Tests that wait for one to be missed shorten it. */
  MAESTRO_HEARTBEAT_MS?: string
}
