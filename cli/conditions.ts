/** Things that become so while others happen: `look` is called whenever one may have. */
export class Conditions {
  #checks = new Set<() => void>()
  #error: Error | undefined

  look(): void {
    for (const check of this.#checks) check()
  }

  /** From now on nothing that is waited for can come about any more. */
  fail(error: Error): void {
    this.#error ??= error
    this.look()
  }

  /** Whether `isSo` becomes true within `ms`; what it throws is thrown. */
  within(ms: number, isSo: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        this.#checks.delete(check)
        settle()
      }
      const check = () => {
        try {
          if (this.#error) throw this.#error
          if (isSo()) end(() => resolve(true))
        } catch (error) {
          end(() => reject(error))
        }
      }
      const timer = setTimeout(() => end(() => resolve(false)), ms)
      this.#checks.add(check)
      check()
    })
  }
}
