import type { Process } from './world.ts'

export type Task = { at: number; order: number; step: () => unknown; process: Process | undefined; over: boolean }

const before = (a: Task, b: Task) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** What is to be done, by time; of what is due at once, the first that was asked for. A binary heap. */
export class Queue {
  #heap: Task[] = []

  push(task: Task): void {
    const heap = this.#heap
    let at = heap.length
    for (; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!before(task, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = task
  }

  pop(): Task | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (!last || last === first) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}
