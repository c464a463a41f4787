import type { EventEmitter } from 'node:events'
import type { Command } from 'commander'
import { type Scope, scopesForRole } from '../protocol/actor.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { Role } from '../protocol/model.ts'
import type { Context } from './context.ts'
import { type Audience, contractOf } from './contract.ts'
import { nameOf, refusalForVerb, type Stopped } from './usage.ts'

/** What was taken off the tree, by the noun that it was under: the refusal of whoever asks for it all the same. */
const taken = new WeakMap<Command, Map<string, () => MaestroError>>()

/**
 * Takes off the tree what the key of this agent's session does not allow, so that help, completion and a near miss lead
 * only to what it may run; `whole` is the tree with every noun, for what another line leads to. Outside a session nothing is taken: there the server decides.
 */
export function withhold(root: Command, context: Context, whole: () => Command): void {
  const { role } = context
  if (!role) return
  prune(root, context, role)
  let tree: Command | undefined
  context.permits = (line) => {
    tree ??= whole()
    return !isTaken(tree, line)
  }
}

/** Whether a key with `scopes` allows what is for `who`. What is for a person is for no agent. */
export function admits(scopes: readonly Scope[], who: Audience): boolean {
  return who === 'anyone' || (who !== 'owner' && who !== 'person' && scopes.includes(who))
}

/** The refusal of a command that was taken off the tree, when that is why commander stopped. */
export function withheldBy({ command }: Stopped): MaestroError | undefined {
  return taken.get(command)?.get(command.args[0] ?? '')?.()
}

function prune(command: Command, context: Context, role: Role): void {
  const below = command.commands as Command[] // commander's own list, which it only calls readonly
  const names = new Map<string, () => MaestroError>()
  for (const each of [...below]) {
    prune(each, context, role)
    if (each.commands.length > 0) keepAsNoun(each, context, role)
    else if (!mayRun(each, role)) {
      below.splice(below.indexOf(each), 1)
      names.set(each.name(), () => refusal(each, context, role))
    }
  }
  taken.set(command, names)
}

/** A noun that has only verbs left is still one; what it does itself is taken from it. */
function keepAsNoun(noun: Command, context: Context, role: Role): void {
  if (!contractOf(noun) || mayRun(noun, role)) return
  for (const option of noun.options) option.hideHelp()
  ;(noun as unknown as EventEmitter).removeAllListeners('afterHelp') // a Command is one, and keeps its examples there
  noun.action(() => {
    throw Object.keys(noun.opts()).length > 0 ? refusal(noun, context, role) : refusalForVerb(noun)
  })
}

/** A noun whose verbs were all taken does nothing itself, and is for nobody. */
function mayRun(command: Command, role: Role): boolean {
  const who = contractOf(command)?.who
  return who !== undefined && admits(scopesForRole(role), who)
}

function refusal(command: Command, context: Context, role: Role): MaestroError {
  const isForAgents = mayRun(command, 'orchestrator')
  const message = `\`${nameOf(command)}\` is for ${isForAgents ? `an orchestrator, not for a ${role}` : 'people, not for agents'}`
  return new MaestroError('forbidden', message, { suggestion: wayOn(context.tasks[0], isForAgents) })
}

/** An agent does not go another way: it says what it would need, where whoever can do that sees it. */
function wayOn(task: string | undefined, isForAgents: boolean): string {
  const text = isForAgents ? '<what else should be done, where, and why>' : '<what you would need it for>'
  return task ? `maestro task note ${task} "${text}"` : `maestro update "${text}"`
}

function isTaken(root: Command, line: string): boolean {
  let command: Command | undefined = root
  for (const word of line.split(/\s+/).slice(1)) {
    if (taken.get(command)?.has(word)) return true
    command = command.commands.find((each) => each.name() === word)
    if (!command) return false
  }
  return false
}
