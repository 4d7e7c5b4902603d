/** One place where two documents differ; `path` is made of keys and indexes. `undefined` where one side has nothing. */
export interface DocumentDifference { path: string; upstream: unknown; naru: unknown }

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** All differences; the order of lists counts, that of keys does not. */
export function differ(upstream: unknown, naru: unknown, path = ''): DocumentDifference[] {
  if (Array.isArray(upstream) && Array.isArray(naru)) return differLists(upstream, naru, path);
  if (isObject(upstream) && isObject(naru)) {
    return [...new Set([...Object.keys(upstream), ...Object.keys(naru)])].flatMap((key) => differ(upstream[key], naru[key], `${path}/${key}`));
  }
  return JSON.stringify(upstream) === JSON.stringify(naru) ? [] : [{ path, upstream, naru }];
}

/** Lists of one length item by item, others by what only one side has. */
function differLists(upstream: unknown[], naru: unknown[], path: string): DocumentDifference[] {
  // The cells of a row are told by their place.
  const areTexts = !path.endsWith('/cells') && [...upstream, ...naru].every((item) => typeof item === 'string');
  if (!areTexts && upstream.length === naru.length) return upstream.flatMap((item, index) => differ(item, naru[index], `${path}/${nameOf(item, index)}`));
  const without = (list: unknown[], others: unknown[]): unknown[] => {
    const known = new Set(others.map((item) => identity(item)));
    return list.filter((item) => !known.has(identity(item)));
  };
  const [missing, extra] = [without(upstream, naru), without(naru, upstream)];
  if (areTexts) {
    const [first, second] = [upstream.filter((item) => !missing.includes(item)), naru.filter((item) => !extra.includes(item))];
    const order = JSON.stringify(first) === JSON.stringify(second) ? [] : [{ path: `${path}/order`, upstream: first, naru: second }];
    return [...missing.map((item) => ({ path: `${path}/-`, upstream: item, naru: undefined })), ...extra.map((item) => ({ path: `${path}/+`, upstream: undefined, naru: item })), ...order];
  }
  const shared = upstream.filter((item) => !missing.includes(item)).flatMap((item) => differ(item, naru.find((other) => identity(other) === identity(item)), `${path}/${nameOf(item, 0)}`));
  return [...missing.map((item) => ({ path: `${path}/-`, upstream: item, naru: undefined })), ...extra.map((item) => ({ path: `${path}/+`, upstream: undefined, naru: item })), ...shared];
}

/** Items of lists are the same thing when they are named alike. */
function identity(item: unknown): string {
  if (!isObject(item)) return JSON.stringify(item);
  if (Array.isArray(item['cells'])) return JSON.stringify(item['cells'][0]);
  return JSON.stringify(NAMES.some((name) => name in item) ? NAMES.map((name) => item[name]) : item['metadata'] ?? item);
}
const NAMES = ['name', 'resource', 'subresource', 'version', '$ref'];

function nameOf(item: unknown, index: number): string {
  if (!isObject(item)) return String(index);
  if (Array.isArray(item['cells'])) return String(item['cells'][0]);
  const name = NAMES.map((key) => item[key]).find((value) => typeof value === 'string') ?? (item['metadata'] as Record<string, unknown> | undefined)?.['name'];
  return typeof name === 'string' ? name : String(index);
}

/** Without descriptions, which are sentences and each side's own. */
export function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key, inner]) => key !== 'description' || typeof inner !== 'string').map(([key, inner]) => [key, withoutDescriptions(inner)]));
}
