import { additionalOf, type JSONSchemaProps } from '../types.ts';

const STEP = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/gy;

/** Follows a path such as `.spec.a['b.c']` through a schema: where it ends, or why it does not lead anywhere. */
export function followFieldPath(path: string, schema: JSONSchemaProps, allowBrackets = true): { schema: JSONSchemaProps; names: string[] } | string {
  const names: string[] = [];
  let at = schema;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const start = STEP.lastIndex;
    const match = STEP.exec(path);
    if (!match) return path[start] === '[' && !allowBrackets ? 'array notation is not allowed' : path[start] === '.' ? 'unexpected end of JSON path' : `expected [ or . but got: ${/^[^.[\]]*/.exec(path.slice(start))?.[0]}`;
    if (match[2] !== undefined && !allowBrackets) return 'array notation is not allowed';
    const name = match[1] ?? (match[2] as string).replace(/\\(.)/g, '$1');
    names.push(name);
    const additional = additionalOf(at);
    const next = at.properties ? at.properties[name] : additional === true ? undefined : additional;
    if (!next) return 'does not refer to a valid field';
    at = next;
  }
  return { schema: at, names };
}

export function fieldPathFault(path: string, schema: JSONSchemaProps): string | undefined {
  const found = followFieldPath(path, schema);
  return typeof found === 'string' ? found : undefined;
}
