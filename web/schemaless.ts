// Stands in for zod in the browser's bundle (vite.config.ts). The schemas in protocol/ give the browser its types, which
// cost nothing; what they check at run time is checked by the Worker. Whatever is called here answers with itself.

type Schemaless = (() => Schemaless) & { [name: string]: Schemaless }

const schemaless: Schemaless = new Proxy((() => schemaless) as Schemaless, {
  // A proxy has every property its traps say it has.
  get: () => schemaless,
  apply: () => schemaless,
})

export {
  schemaless as array,
  schemaless as boolean,
  schemaless as coerce,
  schemaless as enum,
  schemaless as literal,
  schemaless as looseObject,
  schemaless as number,
  schemaless as object,
  schemaless as record,
  schemaless as string,
  schemaless as stringbool,
  schemaless as templateLiteral,
  schemaless as union,
  schemaless as unknown,
}
