/** The simple JSON paths of printer columns: `.spec.a`, `[0]`, `[*]`, `['key']`, `[?(@.type=="Ready")]`. */
type Step = { key: string } | { index: number } | { all: true } | { filter: string[]; operator: '==' | '!='; value: unknown };

const STEP = /\.?([\w$-]+(?:\\.[\w$-]+)*)|\[(-?\d+)\]|\[\*\]|\.\*|\['([^']*)'\]|\["([^"]*)"\]|\[\?\(@((?:\.[\w-]+)+)\s*(==|!=)\s*("[^"]*"|'[^']*'|[\w.-]+)\)\]/gy;

function literal(text: string): unknown {
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** undefined for what is no such path. */
export function parseJsonPath(path: string): Step[] | undefined {
  const text = path.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, '');
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [whole, key, index, quoted, doubleQuoted, filter, operator, value] = match;
    if (key != null) steps.push({ key: key.replaceAll('\\.', '.') });
    else if (index != null) steps.push({ index: Number(index) });
    else if (quoted != null || doubleQuoted != null) steps.push({ key: (quoted ?? doubleQuoted) as string });
    else if (filter != null) steps.push({ filter: filter.slice(1).split('.'), operator: operator as '==' | '!=', value: literal(value as string) });
    else if (whole) steps.push({ all: true });
  }
  return steps;
}

function follow(value: unknown, step: Step): unknown[] {
  if (value === null || typeof value !== 'object') return [];
  if ('all' in step) return Object.values(value);
  if ('index' in step) return Array.isArray(value) && value.at(step.index) != null ? [value.at(step.index)] : [];
  if ('key' in step) {
    const found = (value as Record<string, unknown>)[step.key];
    return found == null ? [] : [found];
  }
  const fits = (item: unknown): boolean => {
    const found = step.filter.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], item);
    return step.operator === '==' ? found === step.value : found !== step.value;
  };
  return Array.isArray(value) ? value.filter(fits) : [];
}

/** All values the path leads to. */
export function findJsonPath(value: unknown, steps: readonly Step[]): unknown[] {
  return steps.reduce<unknown[]>((values, step) => values.flatMap((inner) => follow(inner, step)), [value]);
}
