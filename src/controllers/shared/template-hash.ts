const DIGITS = 'bcdfghjklmnpqrstvwxz2456789';

/** JSON with sorted keys and without empty members, so that equal templates give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, member]) => member !== undefined && member !== null).sort(([left], [right]) => left < right ? -1 : 1);
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** 32 bits of FNV-1a. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}

/** The short name part that tells one template from another; `collisions` gives another one for the same template. */
export function templateHash(template: unknown, collisions = 0): string {
  let number = fnv(canonicalJson(template) + (collisions ? `#${collisions}` : ''));
  let text = '';
  for (; number > 0 || text === ''; number = Math.floor(number / DIGITS.length)) text += DIGITS[number % DIGITS.length];
  return text;
}
