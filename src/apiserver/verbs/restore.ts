/** How upstream says that a strategic merge patch made no object: it builds one of a Go map, not of a text. */

const WRONG_TYPE = /^json: cannot unmarshal (\w+)(?: \S+)? into Go (?:struct field \S+ of type|value of type) (\S+)$/;
const GO_SCALARS = new Set(['string', 'bool', 'int32', 'int64', 'float64', 'int', 'uint8']);
const GO_NAMES: Record<string, string> = { object: 'map', array: 'slice', number: 'int64' };

/** The complaint of a decoder of JSON texts, as the one of Go maps puts it. */
export function restoreMessage(message: string): string {
  if (message.startsWith('illegal base64 data')) return `error decoding from json: ${message}`;
  const match = WRONG_TYPE.exec(message);
  if (!match) return message;
  const [, given = '', type = ''] = match;
  const kind = GO_NAMES[given] ?? given;
  if (type.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (type.startsWith('map[') || type === 'v1.ResourceList') return `cannot restore map from ${kind}`;
  if (kind === 'float64' && /^int\d*$/.test(type)) return `cannot convert float64 to ${type}`;
  // Of all that does not fit, Go would make a text of a number alone, and refuses that in other words.
  if (GO_SCALARS.has(type) && message.includes('Go value of type')) return message;
  if (GO_SCALARS.has(type)) return type === 'string' && kind === 'int64' ? 'cannot convert int64 to string' : `unrecognized type: ${type}`;
  return `cannot restore struct from: ${kind}`;
}

/** A value as Go prints maps: `map[a:b list:[1 2]]`. */
export function goPrinted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goPrinted).join(' ')}]`;
  if (typeof value === 'object' && value !== null) return `map[${Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, member]) => `${key}:${goPrinted(member)}`).join(' ')}]`;
  return value === null ? '<nil>' : String(value);
}
