/** The function that a rewritten message literal calls. */
export const MESSAGE_FUNCTION = 'messageLiteral';

const TOKEN = /\/\/[^\n]*|[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|[A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*|[\s\S]/g;
const NAME = /^[A-Za-z_]/;

/**
 * CEL writes an object as `Object.spec{replicas: 1}`. The library's grammar has no such form, so it becomes
 * `messageLiteral("Object.spec", {"replicas": 1})`; everything else, strings and maps included, stays as it is.
 */
export function rewriteMessageLiterals(expression: string): string {
  if (!/[A-Za-z0-9_]\s*\{/.test(expression)) return expression;
  const tokens: string[] = expression.match(TOKEN) ?? [];
  const braces: ('message' | 'map' | 'other')[] = [];
  let output = '';
  let fieldMayFollow = false;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (/^(?:\s|\/\/)/.test(token)) {
      output += token;
      continue;
    }
    const next = nextToken(tokens, index);
    if (NAME.test(token) && next === '{' && token !== 'in') {
      output += `${MESSAGE_FUNCTION}(${JSON.stringify(token.replace(/\s/g, ''))}, `;
      fieldMayFollow = false;
      const open = tokens.indexOf('{', index + 1);
      output += `${tokens.slice(index + 1, open).join('')}{`;
      braces.push('message');
      index = open;
      fieldMayFollow = true;
      continue;
    }
    if (fieldMayFollow && NAME.test(token) && next === ':') output += JSON.stringify(token);
    else if (token === '{') { braces.push('map'); output += token; }
    else if (token === '(' || token === '[') { braces.push('other'); output += token; }
    else if (token === ')' || token === ']') { braces.pop(); output += token; }
    else if (token === '}') output += braces.pop() === 'message' ? '})' : '}';
    else output += token;
    fieldMayFollow = (token === ',' || (fieldMayFollow && token === '?')) && braces.at(-1) === 'message';
  }
  return output;
}

function nextToken(tokens: readonly string[], index: number): string | undefined {
  for (let following = index + 1; following < tokens.length; following++) {
    if (!/^(?:\s|\/\/)/.test(tokens[following]!)) return tokens[following];
  }
  return undefined;
}
