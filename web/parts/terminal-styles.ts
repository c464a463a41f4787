/**
 * xterm opens with three <style> elements, which the page's policy forbids. While `open` runs they become style sheets
 * made by script instead, which the policy allows: `style-src 'self'` is enough. Answers with what takes them away.
 */
export function adoptingStyles(open: () => void): () => void {
  const sheets = new Set<CSSStyleSheet>()
  const create = document.createElement
  document.createElement = ((tag: string, options?: ElementCreationOptions) =>
    tag === 'style' ? standIn(sheets) : create.call(document, tag, options)) as typeof create // the same for every other tag
  try {
    open()
  } finally {
    document.createElement = create
  }
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.has(sheet))
  }
}

/** What xterm takes for a <style> element: text written to it becomes a style sheet. */
function standIn(sheets: Set<CSSStyleSheet>): HTMLElement {
  const sheet = new CSSStyleSheet()
  sheets.add(sheet)
  document.adoptedStyleSheets.push(sheet)
  const element = document.createElementNS('http://www.w3.org/1999/xhtml', 'template') as HTMLElement // of that namespace
  Object.defineProperty(element, 'textContent', { set: (css: string) => sheet.replaceSync(css), get: () => '' })
  return element
}
