// Control characters, and those that reorder text: what an agent or a web page wrote must not steer somebody's terminal.
export const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** `data` with every character that a terminal would obey made visible. Lines and tabs stay. */
export function visible<D>(data: D): D {
  if (typeof data === 'string') return data.replace(steering, show) as D // a string stays a string
  if (Array.isArray(data)) return data.map(visible) as D // an array of the same
  if (data === null || typeof data !== 'object') return data
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [visible(name), visible(value)])) as D // same names
}

function show(character: string): string {
  const code = character.codePointAt(0)!
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  return code === 0x7f ? '␡' : `<${code.toString(16).padStart(4, '0')}>`
}
