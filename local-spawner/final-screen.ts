import { join } from 'node:path'
import type { Exit, HolderClient, Snapshot } from './holder-client.ts'
import { readJson, writeJson } from './holder-files.ts'

/** How a terminal looked when its program had ended, and how that ended: kept without any process. */
export type FinalScreen = { snapshot: Snapshot; exit: Exit }

const NAME = 'final-screen.json'
const SCROLLBACK = 2_000

/** Keeps the last screen in the session's folder. A holder that is gone by now leaves none. */
export async function keepFinalScreen(dir: string, holder: HolderClient): Promise<void> {
  const exit = await new Promise<Exit>((resolve) => holder.onExit(resolve))
  const snapshot = await holder.snapshot(SCROLLBACK).catch(() => undefined)
  if (snapshot) writeJson(join(dir, NAME), { snapshot, exit } satisfies FinalScreen)
}

export function readFinalScreen(dir: string): FinalScreen | undefined {
  return readJson(join(dir, NAME)) as FinalScreen | undefined // written above
}
