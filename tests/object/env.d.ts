// What the tests bind beside what the Worker itself has.
declare namespace Cloudflare {
  interface Env extends globalThis.Env {
    MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
}
