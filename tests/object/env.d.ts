// What the tests bind beside what the Worker itself has.
declare namespace Cloudflare {
  interface Env extends globalThis.Env {
    MIGRATIONS: import('cloudflare:test').D1Migration[]
    /** How many stories are told, and which; empty: few, and always the same. */
    MAESTRO_RUNS: string
    MAESTRO_SEED: string
  }
}
