import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import * as z from 'zod'
import { packageRoot } from './package.ts'

const wrangler = z.object({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  assets: z.object({
    directory: z.string(),
    binding: z.string(),
    not_found_handling: z.enum(['none', 'single-page-application', '404-page']).default('none'),
  }),
  d1_databases: z
    .array(z.object({ binding: z.string(), database_name: z.string(), migrations_dir: z.string() }))
    .length(1),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  migrations: z.array(z.object({ new_sqlite_classes: z.array(z.string()).default([]) })).default([]),
  ratelimits: z
    .array(
      z.object({
        name: z.string(),
        namespace_id: z.string(),
        simple: z.object({ limit: z.number(), period: z.literal([10, 60]) }),
      }),
    )
    .default([]),
})

/** What wrangler.toml says is deployed; the embedded mode runs the same. Paths are relative to `root`. */
export type Deployment = z.output<typeof wrangler> & { root: string }

export function readDeployment(root: string = packageRoot): Deployment {
  return { ...wrangler.parse(parse(readFileSync(join(root, 'wrangler.toml'), 'utf8'))), root }
}
