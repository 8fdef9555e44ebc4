// How a page looks, computed from what the browser draws: contrast (WCAG 1.4.3, 1.4.11) and the ring of the focus (2.4.7).
(() => {
  const parse = (text) => {
    const parts = (text.match(/[\d.]+(?:e-?\d+)?%?/g) || []).map(Number);
    if (text === 'transparent') return [0, 0, 0, 0];
    if (/^rgba?\(/.test(text)) return [parts[0], parts[1], parts[2], parts[3] ?? 1];
    if (/^color\(srgb /.test(text)) return [parts[0] * 255, parts[1] * 255, parts[2] * 255, parts[3] ?? 1];
    return null;
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const grounds = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one), colour = parse(style.backgroundColor);
      const drawn = (style.backgroundImage.match(/(?:rgba?|color)\([^)]*\)/g) || []).map(parse).filter(Boolean);
      layers.push({ colour, drawn });
      if (colour && colour[3] === 1) break;
    }
    let found = [[255, 255, 255, 1]];
    for (const { colour, drawn } of layers.reverse())
      found = found.flatMap(under => { const base = over(colour, under); return [base, ...drawn.map(line => over(line, base))]; });
    return found;
  };
  const light = (colour) => {
    const [r, g, b] = colour.map(part => { const c = part / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => { const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
  const worst = (colour, element) => Math.min(...grounds(element).map(ground => ratio(over(colour, ground), ground)));
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !element.closest('.enclave-unseen, [disabled]') && element.getBoundingClientRect().width > 1;
  const named = (element) => element.outerHTML.slice(0, 90).replace(/\s+/g, ' ');
  const faint = () => {
    const wrong = new Set();
    const check = (colour, element, least, what) => {
      if (!colour) wrong.add(`${what}: a colour that cannot be read at ${named(element)}`);
      else if (worst(colour, element) < least) wrong.add(`${what} ${worst(colour, element).toFixed(2)} < ${least}: ${named(element)}`);
    };
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const element = walk.currentNode.parentElement;
      if (!walk.currentNode.textContent.trim() || !seen(element) || element.closest('script, style, noscript, option')) continue;
      const style = getComputedStyle(element), size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      check(parse(style.color), element, large ? 3 : 4.5, 'text');
    }
    for (const sign of document.querySelectorAll('svg [stroke], svg[stroke], svg rect')) {
      const style = getComputedStyle(sign), box = sign.closest('svg');
      const paint = style.stroke !== 'none' ? style.stroke : style.fill;
      if (seen(box) && (sign !== box || style.stroke !== 'none') && Number(sign.getAttribute('width')) !== 0)
        check(parse(paint), box.parentElement, 3, 'sign');
    }
    for (const field of document.querySelectorAll('input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea'))
      if (seen(field)) check(parse(getComputedStyle(field).borderTopColor), field.parentElement, 3, 'border of a field');
    return [...wrong];
  };
  const unseenFocus = () => {
    const wrong = new Set();
    const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]');
    for (const element of all) {
      if (element.tabIndex > 0) wrong.add(`an order of its own: ${named(element)}`);
      if (element.tabIndex < 0 || (!seen(element) && !element.matches('.nl-skip-link'))) continue;
      element.focus({ focusVisible: true, preventScroll: true });
      if (document.activeElement !== element) continue;
      const ring = getComputedStyle(element), width = parseFloat(ring.outlineWidth);
      const colour = parse(ring.outlineColor), shadow = ring.boxShadow !== 'none';
      if (ring.outlineStyle === 'none' || width < 2) { wrong.add(`no ring to be seen: ${named(element)}`); continue; }
      const around = parseFloat(ring.outlineOffset) < 0 ? element : element.parentElement;
      if (!colour || (worst(colour, around) < 3 && !shadow)) wrong.add(`a faint ring: ${named(element)}`);
    }
    document.activeElement.blur();
    return [...wrong];
  };
  return { faint: faint(), unseenFocus: unseenFocus() };
})()
