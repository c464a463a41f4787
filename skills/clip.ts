/** A text in one line, and in at most `bytes`: what is not English costs a model more, and in UTF-8 too. */
export function clip(text: string, bytes: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  if (Buffer.byteLength(line) <= bytes) return line
  let kept = ''
  for (const character of line) {
    if (Buffer.byteLength(kept + character) > bytes - 3) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}
