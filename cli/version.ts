import about from '../package.json' with { type: 'json' }

/** What `maestro --version` says. */
export const version: string = about.version
