import * as z from 'zod'
import { scopes } from './actor.ts'
import type * as answers from './answers.ts'
import { IMPORT_BYTES, type Table } from './declare.ts'
import { historyRoutes } from './history.ts'
import { ProjectId, SessionId, TaskId } from './ids.ts'
import type { Entry } from './project.ts'

/** What the Worker answers itself, below `/api`: who you are, which projects there are, keys, connections, what happened. */
export const directory = {
  whoami: { summary: 'Who this key says you are', method: 'GET', path: '/whoami', scope: 'read', input: z.object({}) },
  'sign-in': {
    summary: 'Exchange the one-use token of a link for a key',
    method: 'POST',
    path: '/sign-in',
    scope: 'public',
    input: z.object({ token: z.string().max(100) }),
  },
  'link.create': {
    summary: 'Make a link that signs a browser in once',
    method: 'POST',
    path: '/sign-in-links',
    scope: 'key:manage',
    input: z.object({}),
  },
  'project.list': { summary: 'Projects', method: 'GET', path: '/projects', scope: 'read', input: z.object({}) },
  'project.new': {
    summary: 'Start a project',
    method: 'POST',
    path: '/projects',
    scope: 'project:write',
    input: z.object({ project: ProjectId, name: z.string().trim().min(1, 'a project needs a name').max(100) }),
  },
  'project.import': {
    summary: 'Bring in a part of an exported log; its project is there when all of it is',
    method: 'POST',
    path: '/imports',
    scope: 'project:write',
    bytes: IMPORT_BYTES,
    input: z.object({
      project: ProjectId.describe('What the project is to be called by from now on'),
      name: z.string().trim().min(1).max(100).optional().describe('Another name than it had'),
      digest: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .describe('Of the file that it comes from: parts of another file are refused'),
      head: z.number().int().min(1).describe('The last entry of the whole'),
      createdAt: z.number().int().min(0).optional().describe('Its place in the list of projects; none: the last'),
      entries: z.array(z.unknown()).max(1_000).describe('The next ones; what is there already is passed over'),
    }),
  },
  'key.list': {
    summary: 'Keys, without their secrets',
    method: 'GET',
    path: '/keys',
    scope: 'key:manage',
    input: z.object({}),
  },
  'key.create': {
    summary: 'Make a key; it is shown once',
    method: 'POST',
    path: '/keys',
    scope: 'key:manage',
    input: z.object({
      kind: z.enum(['person', 'spawner', 'hook']).default('person').describe('Who it is for'),
      name: z.string().trim().min(1).max(100),
      project: ProjectId.nullable().default(null).describe('The one project it is good for; none: all'),
      scopes: z.array(z.enum(scopes)).max(20).optional().describe('Fewer than its kind usually has'),
      days: z.number().int().min(1).max(365).default(90).describe('How long it is good for'),
    }),
  },
  'key.revoke': {
    summary: 'End a key, and the connections made with it',
    method: 'DELETE',
    path: '/keys/:key',
    scope: 'key:manage',
    input: z.object({ key: z.string().max(100) }),
  },
  'enrolment.show': {
    summary: 'What a one-use key of a machine is for; it stays good',
    method: 'POST',
    path: '/enrolments/look',
    scope: 'public',
    input: z.object({ token: z.string().max(100) }),
  },
  'enrolment.use': {
    summary: 'Exchange a one-use key for the key of a machine',
    method: 'POST',
    path: '/enrolments',
    scope: 'public',
    input: z.object({
      token: z.string().max(100),
      name: z.string().trim().min(1).max(100).describe('What the machine calls itself'),
    }),
  },
  'hook.event': {
    summary: 'Report what an agent did: one payload of its hook, one event, or `{ events: […] }`',
    method: 'POST',
    path: '/webhooks/hook-event',
    scope: 'hook:write',
    input: z.looseObject({}),
  },
  metrics: { summary: 'Figures for Prometheus', method: 'GET', path: '/metrics', scope: 'read', input: z.object({}) },
  openapi: {
    summary: 'This interface as an OpenAPI document',
    method: 'GET',
    path: '/openapi.json',
    scope: 'read',
    input: z.object({}),
  },
} as const satisfies Table

/** What the Worker answers below `/api/projects/:project`, besides commands and queries. */
export const projectRoutes = {
  ticket: {
    summary: 'Make a ticket for one WebSocket upgrade within 30 seconds',
    method: 'POST',
    path: '/tickets',
    scope: 'read',
    input: z.object({
      session: SessionId.nullable()
        .default(null)
        .describe('For the terminal of this session; none: for the live connection'),
    }),
  },
  'spawner.invite': {
    summary: 'Make a one-use key with which a further machine joins this project',
    method: 'POST',
    path: '/spawners',
    scope: 'key:manage',
    input: z.object({
      name: z.string().trim().min(1).max(100).nullable().default(null).describe('What the machine is to be called'),
    }),
  },
  'session.keys': {
    summary: 'Make the keys an agent runs with; they end with its session',
    method: 'POST',
    path: '/sessions/:session/keys',
    scope: 'spawner',
    input: z.object({ session: SessionId }),
  },
  'entry.list': {
    summary: 'What happened, oldest first, from the live log into history',
    method: 'GET',
    path: '/entries',
    scope: 'read',
    input: z.object({
      since: z.coerce.number().int().min(0).optional().describe('Only what came after this seq'),
      before: z.coerce
        .number()
        .int()
        .min(1)
        .optional()
        .describe('Only what came before this seq: the newest such first page'),
      session: SessionId.optional().describe('Only what concerns this session'),
      task: TaskId.optional().describe('Only what concerns this task'),
      type: z
        .string()
        .regex(/^[a-z_]+(:[a-z_]*)?$/, 'a type is like task:created, hook:tool or hook')
        .max(50)
        .optional()
        .describe('Only entries whose type begins with this: task:created, hook:tool, hook'),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
  },
  ...historyRoutes,
  'log.show': {
    summary: 'How far the log has come',
    method: 'GET',
    path: '/log',
    scope: 'read',
    input: z.object({}),
  },
  live: { summary: 'The live connection', method: 'GET', path: '/live', scope: 'read', input: z.object({}) },
  terminal: {
    summary: 'A terminal, live',
    method: 'GET',
    path: '/sessions/:session/terminal',
    scope: 'terminal:read',
    input: z.object({}),
  },
} as const satisfies Table

type In<T extends Record<string, z.ZodType>> = { [K in keyof T]: z.output<T[K]> }

export type KeyFacts = z.output<typeof answers.KeyFacts>
export type ProjectFacts = z.output<typeof answers.ProjectFacts>
export type HookResult = z.output<typeof answers.HookResult>
export type DirectoryAnswer = In<typeof answers.directoryAnswers>
export type ProjectAnswer = Omit<In<typeof answers.projectRouteAnswers>, 'entry.list'> & {
  'entry.list': { entries: (Entry & { event: string })[]; more: boolean; begins: number }
  live: never
  terminal: never
}
