// Stands in for zod in the browser's bundle (vite.config.ts). The schemas in protocol/ give the browser its types, which
// cost nothing; what they check at run time is checked by the Worker. Whatever is called here answers with itself.

type Schemaless = (() => Schemaless) & { [name: string]: Schemaless }

const nothing: Schemaless = new Proxy((() => nothing) as Schemaless, {
  // A proxy has every property its traps say it has.
  get: () => nothing,
  apply: () => nothing,
})

export const array = nothing
export const boolean = nothing
export const coerce = nothing
export const literal = nothing
export const looseObject = nothing
export const number = nothing
export const object = nothing
export const record = nothing
export const string = nothing
export const stringbool = nothing
export const templateLiteral = nothing
export const union = nothing
export const unknown = nothing
export { nothing as enum }
