/** Names and lists as the group resource.k8s.io checks them. */
import { type Findings, internalValue } from '../common/findings.ts';
import { caselessSubdomain, cIdentifier, dnsSubdomain, labelValue, qualifiedName } from '../common/formats.ts';
import { validateDriverName } from '../volume/sources.ts';

const IDENTIFIER_LIMIT = 32;
const DRIVER_LIMIT = 63;
export const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];

/** Every item, unless there are more of them than `limit`. */
export function checkItems<Item>(findings: Findings, at: string, items: readonly Item[] | undefined, limit: number, check: (item: Item, at: string) => void): void {
  if ((items?.length ?? 0) > limit) return findings.tooMany(at, items?.length ?? 0, limit);
  items?.forEach((item, index) => check(item, `${at}[${index}]`));
}

/** Finds the items whose key stands twice. `shown`: what the finding names, by default the item; `typed` for one with fields. */
export function checkUnique<Item>(findings: Findings, at: string, items: readonly Item[] | undefined, keyOf: (item: Item) => string, shown: (item: Item) => unknown = (item) => item): void {
  const seen = new Set<string>();
  items?.forEach((item, index) => {
    const key = keyOf(item);
    if (seen.has(key)) findings.duplicate(`${at}[${index}]`, shown(item));
    seen.add(key);
  });
}

/** An item as clients see it, in Go's order of fields. */
export const typed = (type: string) => (item: object): unknown => internalValue(`#io.k8s.api.resource.v1.${type}`, item);

/** Each entry of a map; too many are not looked at. */
export function checkEntries<Value>(findings: Findings, at: string, entries: Record<string, Value> | undefined, limit: number, check: (key: string, value: Value) => void): void {
  const all = Object.entries(entries ?? {});
  if (all.length > limit) return findings.tooMany(at, all.length, limit);
  for (const [key, value] of all) check(key, value);
}

/** A name in a path: the middle of long ones is left out. */
export function pathKey(at: string, name: string, limit: number): string {
  if (name.length <= limit) return `${at}[${name}]`;
  const rest = limit - 3;
  return `${at}[${name.slice(0, Math.trunc((rest + 1) / 2))}...${name.slice(name.length - Math.trunc(rest / 2))}]`;
}

export function checkPoolName(findings: Findings, at: string, name: string | undefined): void {
  if (!name) return findings.required(at);
  if (name.length > 253) findings.tooLong(at, 253);
  for (const part of name.split('/')) findings.invalidEach(at, part, dnsSubdomain(part));
}

/** The pool of an allocated device: the same in other words. */
export function checkAllocatedPool(findings: Findings, at: string, name: string | undefined): void {
  if (!name) return findings.required(at);
  if (name.length > 253) findings.tooLong(at, 253);
  name.split('/').forEach((part, index) => {
    if (part === '') findings.invalid(at, name, `segment ${index}: must not be empty`);
    else findings.invalidEach(at, part, dnsSubdomain(part, 'bytes').map((message) => `segment ${index}: ${message}`));
  });
}

/** The driver of a configuration or an allocated device: the same as `validateDriverName` in other words. */
export function checkDriverReference(findings: Findings, at: string, name: string | undefined): void {
  if (!name) return findings.required(at);
  findings.invalidEach(at, name, caselessSubdomain(name));
  if (name.length > DRIVER_LIMIT) findings.tooLong(at, DRIVER_LIMIT, 'character');
}

function checkIdentifier(findings: Findings, at: string, name: string): void {
  if (name.length > IDENTIFIER_LIMIT) findings.tooLong(at, IDENTIFIER_LIMIT);
  findings.invalidEach(at, name, cIdentifier(name));
}

/** `name` or `domain/name`, of an attribute or a capacity. Names with more slashes are let be. */
export function checkQualifiedName(findings: Findings, at: string, name: string): void {
  const [first = '', second, ...more] = name.split('/');
  if (second === undefined) return checkIdentifier(findings, at, first);
  if (more.length > 0) return;
  if (first) validateDriverName(findings, at, first);
  else findings.invalid(at, '', 'the domain must not be empty');
  if (second) checkIdentifier(findings, at, second);
  else findings.invalid(at, '', 'the name must not be empty');
}

/** `domain/name`, as constraints name an attribute. */
export function checkFullName(findings: Findings, at: string, name: string): void {
  const [first = '', second, ...more] = name.split('/');
  if (second === undefined) {
    checkIdentifier(findings, at, first);
    return findings.invalid(at, name, 'a fully qualified name must be a domain and a name separated by a slash');
  }
  if (more.length > 0) return;
  if (first.length > DRIVER_LIMIT) findings.tooLong(at, DRIVER_LIMIT);
  if (first) findings.invalidEach(at, first, dnsSubdomain(first, 'bytes').map((message) => `prefix: ${message}`));
  else findings.invalid(at, '', 'prefix must not be empty');
  if (second) checkIdentifier(findings, at, second);
  else findings.invalid(at, '', 'name must not be empty');
}

/** The names of conditions that a device waits for, and of those that say that it failed. */
export function checkBindingConditions(findings: Findings, at: string, conditions: string[] = [], failures: string[] = []): void {
  const [wanted, failed] = [`${at}.bindingConditions`, `${at}.bindingFailureConditions`];
  const checkName = (name: string, place: string): void => findings.invalidEach(place, name, qualifiedName(name));
  checkItems(findings, wanted, conditions, 4, checkName);
  checkItems(findings, failed, failures, 4, checkName);
  checkUnique(findings, wanted, conditions, (name) => name);
  checkUnique(findings, failed, failures, (name) => name);
  failures.forEach((name, index) => { if (conditions.includes(name)) findings.invalid(`${failed}[${index}]`, name, 'bindingFailureConditions must not overlap with bindingConditions'); });
  if (conditions.length === 0 && failures.length > 0) findings.invalid(wanted, null, 'bindingConditions are required to use bindingFailureConditions');
  if (failures.length === 0 && conditions.length > 0) findings.invalid(failed, null, 'bindingFailureConditions are required to use bindingConditions');
}

export function checkTaint(findings: Findings, at: string, taint: { key?: string; value?: string; effect?: string }, oldEffect?: string): void {
  findings.invalidEach(`${at}.key`, taint.key ?? '', qualifiedName(taint.key ?? ''));
  if (taint.value) findings.invalidEach(`${at}.value`, taint.value, labelValue(taint.value));
  if (oldEffect === undefined || oldEffect !== taint.effect) findings.requiredOneOf(`${at}.effect`, taint.effect, EFFECTS);
}

/** Bytes of an object that only its driver understands. */
export function checkOpaqueObject(findings: Findings, at: string, value: unknown, limit: number): void {
  if (value === undefined || value === null) return findings.required(at);
  if (Buffer.byteLength(JSON.stringify(value)) > limit) findings.tooLong(at, limit);
  else if (typeof value !== 'object' || Array.isArray(value)) findings.invalid(at, '<value omitted>', 'must be a valid JSON object');
}
