/**
 * xterm writes <style> elements, which the page's policy forbids. Given this document it writes into style sheets made
 * by script instead, which the policy allows: `style-src 'self'` is enough.
 */
export function stylesInto(real: Document): { document: Document; dispose: () => void } {
  const sheets = new Set<CSSStyleSheet>()
  const refresh = (change: () => void) => {
    const others = real.adoptedStyleSheets.filter((sheet) => !sheets.has(sheet))
    change()
    real.adoptedStyleSheets = [...others, ...sheets]
  }
  const makeStyle = (): HTMLElement => {
    const sheet = new CSSStyleSheet()
    refresh(() => sheets.add(sheet))
    const element = real.createElement('style')
    Object.defineProperty(element, 'textContent', { set: (css: string) => sheet.replaceSync(css), get: () => '' })
    element.remove = () => {
      refresh(() => sheets.delete(sheet))
      Element.prototype.remove.call(element)
    }
    return element
  }
  const document = new Proxy(real, {
    get(target, name) {
      if (name === 'createElement') return (tag: string) => (tag === 'style' ? makeStyle() : target.createElement(tag))
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { document, dispose: () => refresh(() => sheets.clear()) }
}
