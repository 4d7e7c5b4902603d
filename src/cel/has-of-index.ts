/** The library takes only plain names inside has(); CEL also takes what indexes or calls give: `has(self.list[0].name)`. */
const STRING = /^(?:[rRbB]{0,2})("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/;

/** Says such a has() by an optional: `self.list[0].?name.hasValue()`. Everything else stays as it is. */
export function rewriteHas(expression: string): string {
  if (!/\bhas\s*\(/.test(expression)) return expression;
  let result = '';
  let at = 0;
  while (at < expression.length) {
    const string = STRING.exec(expression.slice(at));
    if (string) {
      result += string[0];
      at += string[0].length;
      continue;
    }
    const has = /^has\s*\(/.exec(expression.slice(at));
    const end = has && !/[\w.]/.test(expression[at - 1] ?? '') ? closing(expression, at + has[0].length) : -1;
    const rewritten = end < 0 ? undefined : asOptional(expression.slice(at + (has as RegExpExecArray)[0].length, end));
    if (rewritten === undefined) {
      result += expression[at];
      at++;
    } else {
      result += rewritten;
      at = end + 1;
    }
  }
  return result;
}

/** Where the bracket closes that opened before `start`; -1 when nowhere. */
function closing(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const string = STRING.exec(text.slice(at));
    if (string) at += string[0].length - 1;
    else if ('([{'.includes(text[at] as string)) depth++;
    else if (')]}'.includes(text[at] as string) && depth-- === 0) return at;
  }
  return -1;
}

function asOptional(argument: string): string | undefined {
  const parts = /^([\s\S]*[\])])\s*\.\s*(\w+(?:\s*\.\s*\w+)*)\s*$/.exec(argument);
  if (!parts) return undefined;
  const names = (parts[2] as string).split(/\s*\.\s*/);
  const last = names.pop() as string;
  return `${[parts[1] as string, ...names].join('.')}.?${last}.hasValue()`;
}
