// What the tests bind beside what the Worker itself has.
declare namespace Cloudflare {
  interface Env extends globalThis.Env {
    MAESTRO_RUNS?: string
    MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
}
