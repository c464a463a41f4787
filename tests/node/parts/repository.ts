import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const author = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'protocol.file.allow=always']

/** What the real git says. */
export const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', [...author, '-C', folder, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }).toString()

export function put(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

export function commit(folder: string, message: string, files: Record<string, string>): void {
  put(folder, files)
  git(folder, 'add', '.')
  git(folder, 'commit', '--quiet', '--message', message)
}

/** A repository with one commit. */
export function repository(folder: string, files: Record<string, string> = { 'README.md': '# Shop\n' }): string {
  mkdirSync(folder, { recursive: true })
  git(folder, 'init', '--quiet', '--initial-branch=main')
  commit(folder, 'Begin', files)
  return folder
}
