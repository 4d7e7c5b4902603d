import { compareQuantities } from './quantities.ts';

/** Fields that Go leaves out when they are zero, so that absent and zero mean the same. */
const ZERO_IS_ABSENT = new Set([
  'hostNetwork', 'hostPID', 'hostIPC', 'readOnly', 'stdin', 'stdinOnce', 'tty', 'hostPort', 'initialDelaySeconds', 'nodePort',
  'publishNotReadyAddresses', 'unschedulable', 'minReadySeconds', 'healthCheckNodePort', 'paused', 'generation',
]);
/** Objects that Go leaves out when they are empty (maps), or always writes (structs): absent and `{}` mean the same. */
const EMPTY_IS_ABSENT = new Set([
  'labels', 'annotations', 'nodeSelector', 'resources', 'limits', 'requests', 'matchLabels', 'metadata', 'status', 'strategy',
  'updateStrategy', 'selector', 'data', 'binaryData', 'overhead', 'capacity', 'allocatable', 'parameters', 'volumeAttributes',
]);
/** Maps of texts, in which an empty text is one all the same. */
const TEXT_MAPS = new Set(['labels', 'annotations', 'nodeSelector', 'matchLabels', 'data', 'binaryData', 'parameters', 'volumeAttributes', 'selector']);
const QUANTITY_MAPS = new Set(['limits', 'requests', 'capacity', 'allocatable', 'overhead', 'hard', 'used', 'allocatedResources']);

function isAbsent(key: string, value: unknown): boolean {
  if (value == null || value === null || value === '') return true;
  if (typeof value === 'object') {
    if (Array.isArray(value)) return value.length === 0;
    if (!EMPTY_IS_ABSENT.has(key)) return false;
    const object = value as Record<string, unknown>;
    for (const inner in object) if (!isAbsent(inner, object[inner]) || (TEXT_MAPS.has(key) && object[inner] === '')) return false;
    return true;
  }
  return (value === 0 || value === false) && ZERO_IS_ABSENT.has(key);
}

/** Equal in meaning: absent and empty lists and maps are the same, quantities are compared as numbers. */
export function semanticEqual(left: unknown, right: unknown, key = '', quantities = false): boolean {
  if (left === right) return true;
  if (isAbsent(key, left)) return isAbsent(key, right);
  if (isAbsent(key, right)) return false;
  if (typeof left !== 'object' || typeof right !== 'object') {
    return quantities && isScalar(left) && isScalar(right) && compareQuantities(left, right) === 0;
  }
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    for (let index = 0; index < left.length; index++) if (!semanticEqual(left[index], right[index], '', false)) return false;
    return true;
  }
  if (Array.isArray(right)) return false;
  const a = left as Record<string, unknown>;
  const b = right as Record<string, unknown>;
  const inner = QUANTITY_MAPS.has(key);
  if (TEXT_MAPS.has(key)) for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) if ((a[name] === '' && !(name in b)) || (b[name] === '' && !(name in a))) return false;
  for (const name in a) if (!semanticEqual(a[name], b[name], name, inner || name === 'sizeLimit' || name === 'divisor')) return false;
  for (const name in b) if (!(name in a) && !isAbsent(name, b[name])) return false;
  return true;
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
