/** Says what is going on, for people: one line per part with how long it took. */
export type Progress = {
  say: (line: string) => void
  done: (name: string, result: string, ms: number) => void
  /** Does the work and says how it went; a failure is said too, and passed on. */
  part: <T>(name: string, work: () => Promise<T>, result: (value: T) => string) => Promise<T>
}

export function progressOn(out: NodeJS.WritableStream): Progress {
  const say = (line: string) => void out.write(line ? `  ${line}\n` : '\n')
  const done: Progress['done'] = (name, result, ms) => say(`✓ ${name.padEnd(10)} ${result.padEnd(58)} ${duration(ms)}`)
  return {
    say,
    done,
    part: async (name, work, result) => {
      const began = performance.now()
      try {
        const value = await work()
        done(name, result(value), performance.now() - began)
        return value
      } catch (error) {
        say(`✗ ${name.padEnd(10)} ${(error as Error).message}`)
        throw error
      }
    },
  }
}

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
