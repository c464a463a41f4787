import { realpathSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { type ProjectId, SessionId } from '../protocol/ids.ts'
import type { Session } from '../protocol/model.ts'
import type { Brief } from './brief.ts'
import { GitRefused, gitOr } from './git.ts'
import type { Home } from './home.ts'
import { type Place, readJournal } from './journal.ts'
import { NotNow } from './not-now.ts'
import { isWithin, type Policy } from './policy.ts'
import { type Repository, repositoryAt } from './repository.ts'
import { makeWorktree, type Wanted } from './worktree.ts'
import { worktreeOf } from './worktree-record.ts'

/** `isTaken` says whether another session works in a folder; `take` has it known that this one does. */
export type Neighbours = { isTaken: (root: string) => boolean; take: (place: Place) => void }

type Order = { brief: Brief; project: ProjectId; neighbours: Neighbours }

/** A workspace as it is now, and what the session and the policy say about working there. */
type Site = {
  name: string
  /** As it really is: a link is followed now, and not again later. */
  path: string
  rule: 'auto' | 'worktree' | 'folder'
  repository: Repository | undefined
  /** Why no worktree can be made of it. */
  hindrance: string | null
}

/**
 * Where the session is to work, made ready. Nothing is awaited between asking whether somebody works in a folder and
 * saying that this session does: of two that start together one has it.
 */
export async function placeFor(home: Home, policy: Policy, { brief, project, neighbours }: Order): Promise<Place> {
  const former = formerOf(home, brief.session)
  const now = await look(policy, brief.session)
  const site = former ? { ...now, rule: former.worktree ? ('worktree' as const) : ('folder' as const) } : now
  const before = worktreeOf(home, brief.session) ?? former?.worktree // made, or half so, by a daemon that died then
  const own = before ?? home.worktree(site.name, nameOf(brief))
  const isWanted = site.rule === 'worktree' || (site.rule === 'auto' && (!!before || isCrowded(site, neighbours)))
  if (!isWanted || (site.rule === 'auto' && site.hindrance)) {
    const place = inFolder(site, isWanted)
    neighbours.take(place)
    return place
  }
  const wanted = wantedAt(site, { brief, project }, `maestro/${basename(own)}`)
  if (former && neighbours.isTaken(own)) throw new NotNow('somebody is still at work where it is to go on')
  const told = { worktree: true, branch: wanted.branch, note: null }
  const place = { cwd: join(own, site.repository?.prefix ?? ''), root: own, worktree: own, told }
  neighbours.take(place)
  await makeWorktree(own, wanted).catch((error: unknown) => {
    throw error instanceof GitRefused ? none(site.name, error.message) : error
  })
  return place
}

/** An agent finds a conversation only where it was had: who goes on with one works there, and with what lies there. */
function formerOf(home: Home, { resumes }: Session): Place | undefined {
  if (!resumes || !SessionId.safeParse(resumes).success) return undefined // it becomes a folder's name
  const place = readJournal(home.session(resumes))?.place
  // The journal lies where its session's programs may write.
  return place?.worktree && !isWithin(home.worktrees, resolve(place.worktree)) ? undefined : place
}

async function look(policy: Policy, session: Session): Promise<Site> {
  const name = session.workspace
  const path = folderOf(policy, name)
  const rule = ruleFor(policy, session)
  try {
    const repository = await repositoryAt(path)
    return { name, path, rule, repository, hindrance: await hindranceIn(path, repository) }
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    return { name, path, rule, repository: undefined, hindrance: error.message }
  }
}

function folderOf({ workspace }: Policy, name: string): string {
  const { path } = workspace[name] ?? refuse('invalid_input', `This machine’s policy has no workspace ${name}`)
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    refuse('invalid_input', `The workspace ${name} is gone: ${path} is not a folder`)
  }
  return realpathSync(path)
}

/** The policy has the last word, and says so: nobody is to think that a session is alone when it is not. */
function ruleFor({ workspace }: Policy, { workspace: name, worktree }: Session): Site['rule'] {
  const rule = workspace[name]?.worktree ?? 'auto'
  if (rule === 'never' && worktree) against(name, rule, 'has no worktrees', '--no-worktree')
  if (rule === 'always' && worktree === false) against(name, rule, 'has a worktree for every session', '--worktree')
  if (rule === 'auto' && worktree === undefined) return 'auto'
  return rule === 'always' || worktree ? 'worktree' : 'folder'
}

function against(name: string, rule: string, what: string, flag: string): never {
  const message = `By this machine’s policy the workspace ${name} ${what} (worktree = "${rule}"): start it with ${flag}`
  refuse('forbidden', message, { suggestion: `maestro session spawn --workspace ${name} ${flag}` })
}

async function hindranceIn(path: string, repository: Repository | undefined): Promise<string | null> {
  if (!repository) return 'it is no git repository'
  const { head, prefix: folder } = repository
  if (!head) return 'nothing is committed there yet'
  const tree = folder ? await gitOr('', path, ['rev-parse', '--verify', '--quiet', `HEAD:${folder}`]) : head
  return tree ? null : `${folder} is not in the commit that is checked out`
}

/** In a bare repository there is no folder to work in, so there it is as if somebody always did. */
function isCrowded({ path, repository }: Site, { isTaken }: Neighbours): boolean {
  return repository?.root === null || isTaken(repository?.root ?? path)
}

function inFolder({ path, repository, hindrance }: Site, isWanted: boolean): Place {
  const note = isWanted ? hindrance : null
  const told = repository || note ? { worktree: false, branch: repository?.branch ?? null, note } : null
  return { cwd: path, root: repository?.root ?? path, worktree: null, told }
}

function wantedAt(
  { name, repository, hindrance }: Site,
  { brief, project }: Omit<Order, 'neighbours'>,
  branch: string,
): Wanted {
  if (hindrance || !repository?.head) throw none(name, hindrance ?? 'it is no git repository')
  const { session, tasks } = brief
  return {
    ...{ project, session: session.id, tasks: tasks.map(({ id }) => id), title: tasks[0]?.title ?? session.name },
    ...{ workspace: name, common: repository.common, base: repository.head, branch },
  }
}

function none(name: string, why: string): MaestroError {
  return new MaestroError('conflict', `No worktree can be made of the workspace ${name}: ${why}`, {
    suggestion: `maestro session spawn --workspace ${name} --no-worktree`,
  })
}

/** `retry-failed-payments-9vk3n2aq`, after its task; for a folder and a branch. */
function nameOf({ session, tasks }: Brief): string {
  const title = (tasks[0]?.title ?? session.name).normalize('NFKD').toLowerCase()
  const words = title.replaceAll(/\p{Mark}/gu, '').replaceAll(/[^a-z0-9]+/g, '-')
  const slug = words.slice(0, 40).replaceAll(/^-+|-+$/g, '')
  return `${slug || 'session'}-${session.id.replace('sess_', '')}`
}
