/** Units of work, as clients know them from limits and estimates. */
export const COST = { access: 1, list: 10, map: 30, struct: 40 } as const;
export const STRING_FACTOR = 0.1;
export const REGEX_FACTOR = 0.25;
/** An expression may ask the authorizer twice. */
export const AUTHORIZER_CHECK = 350_000;

/** Their cost is that of their operands. */
export const CALLS_WITHOUT_COST = new Set(['_&&_', '_||_', '_?_:_']);

const NOMINAL = new Set([
  'serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored', 'masked', 'prefixLength', 'family', 'isUnspecified', 'isLoopback',
  'isLinkLocalMulticast', 'isLinkLocalUnicast', 'isGlobalUnicast', 'format.named', 'sign', 'asInteger', 'isInteger', 'asApproximateFloat', 'isGreaterThan', 'isLessThan', 'compareTo', 'add', 'sub',
  'major', 'minor', 'patch', 'getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery',
]);
const ONE_WALK = new Set(['url', 'lowerAscii', 'upperAscii', 'substring', 'trim', 'jsonpatch.escapeKey', 'cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver']);
const WHOLE_LIST = new Set(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf', 'includes']);
const COMPARISONS = new Set(['_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_']);
const FORMAT_PATTERN_LENGTH = 128;

export function isNominal(name: string): boolean {
  return NOMINAL.has(name);
}

export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  return value instanceof Uint8Array ? value.length : 1;
}

const walk = (size: number, factor = STRING_FACTOR): number => Math.ceil(size * factor);
const pattern = (text: number, expression: number): number => walk(1 + text) * walk(expression, REGEX_FACTOR);

/** What a call has cost. */
export function callCost(name: string, overload: string, values: unknown[], result: unknown): number {
  if (name === 'check') return AUTHORIZER_CHECK;
  if (NOMINAL.has(name)) return 1;
  if (WHOLE_LIST.has(name)) return traversal(values[0]);
  const size = sizeOf(values[0]);
  if (ONE_WALK.has(name)) return walk(size);
  if (COMPARISONS.has(name)) return comparisonCost(name, values);
  switch (name) {
    case 'fieldSelector': case 'labelSelector': return COST.list + walk(sizeOf(values[1])) + walk(sizeOf(values[1]), 0.5) * (COST.list + COST.struct);
    case 'ip': return overload.startsWith('net.CIDR') ? 1 : walk(size);
    case 'replace': case 'split': case 'ip.isCanonical': return walk(size, 2 * STRING_FACTOR);
    case 'join': return walk(sizeOf(result), 2 * STRING_FACTOR);
    case 'find': case 'findAll': case 'matches': return pattern(size, sizeOf(values[1]));
    case 'validate': return pattern(sizeOf(values[1]), FORMAT_PATTERN_LENGTH);
    case 'containsIP': return walk(32) + (typeof values[1] === 'string' ? walk(sizeOf(values[1])) : 0);
    case 'containsCIDR': return walk(32) + walk(16) + 1 + (typeof values[1] === 'string' ? walk(sizeOf(values[1])) : 0);
    case 'startsWith': case 'endsWith': return walk(sizeOf(values[1]));
    case 'contains': return walk(size) * walk(sizeOf(values[1]));
    case '@in': return Array.isArray(values[1]) ? values[1].length : 1;
    case '_+_': return typeof values[0] === 'string' || values[0] instanceof Uint8Array ? walk(size + sizeOf(values[1])) : 1;
    case 'format': case 'strings.quote': return walk(size);
    case 'bytes': case 'string': return typeof values[0] === 'string' && name === 'bytes' || values[0] instanceof Uint8Array ? walk(size) : 1;
    default: return 1;
  }
}

function comparisonCost(name: string, [left, right]: unknown[]): number {
  const walked = name === '_==_' || name === '_!=_' || typeof left === 'string' || left instanceof Uint8Array;
  return walked ? walk(Math.min(sizeOf(left), sizeOf(right))) : 1;
}

/** Of looking at all there is in a value. */
function traversal(value: unknown): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * STRING_FACTOR);
  if (value instanceof Uint8Array) return Math.floor(value.length * STRING_FACTOR);
  if (Array.isArray(value)) return (value as unknown[]).reduce<number>((sum, item) => sum + traversal(item), 0);
  if (value instanceof Map) return [...value].reduce((sum, [key, item]) => sum + traversal(key) + traversal(item), 0);
  return 1;
}
