import { regularExpression } from './regular-expression.ts';
import type { SyntaxFault } from './syntax/tokens.ts';
import type { Node } from './syntax/tree.ts';
import { formatType, optionalValue, sameType, type Type } from './types.ts';
import { parseDuration, parseTimestamp } from './values.ts';

const LITERALS: Record<string, { name: string; fits(text: string): boolean }> = {
  duration: { name: 'duration', fits: (text) => parseDuration(text) !== undefined },
  timestamp: { name: 'timestamp', fits: (text) => parseTimestamp(text) !== undefined },
  matches: { name: 'matches', fits: isPattern },
};

function isPattern(text: string): boolean {
  try {
    regularExpression(text);
    return true;
  } catch {
    return false;
  }
}

/** What fits by type but not by value: durations, times and patterns that are none, and lists of several types. */
export function literalFaults(node: Node): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  visit(node, faults);
  return faults;
}

/** `mixed`: lists may hold what they like, as inside the arguments of format. */
function visit(node: Node, faults: SyntaxFault[], mixed = false): void {
  const inside = mixed || (node.kind === 'call' && node.name === 'format');
  for (const child of childrenOf(node)) visit(child, faults, inside);
  if (node.kind === 'call') checkCall(node, faults);
  else if (node.kind === 'list' && !mixed) checkUniform(node.items.map((item, index) => [item, node.optional.has(index)]), faults);
  else if (node.kind === 'map' && !mixed) {
    checkUniform(node.entries.map(({ key }) => [key, false]), faults);
    checkUniform(node.entries.map(({ value, optional }) => [value, optional]), faults);
  }
}

function checkCall({ name, args, target, at }: Node & { kind: 'call' }, faults: SyntaxFault[]): void {
  const rule = LITERALS[name];
  const argument = args.at(name === 'matches' ? -1 : 0);
  if (rule && argument?.kind === 'literal' && typeof argument.value === 'string' && !rule.fits(argument.value)) faults.push({ at: argument.at, message: `invalid ${rule.name} argument` });
  if (name === 'format' && target?.kind === 'literal' && typeof target.value === 'string' && argument?.kind === 'list') checkFormat(target.value, argument.items, at, faults);
}

const NUMBERS = ['int', 'uint'];
/** Types that each clause of a format takes, and how it is called. */
const CLAUSES: Record<string, { takes: string[]; message: string }> = {
  d: { takes: NUMBERS, message: 'decimal clause can only be used on integers' },
  f: { takes: ['double', 'string'], message: 'fixed-point clause can only be used on doubles' },
  e: { takes: ['double', 'string'], message: 'scientific clause can only be used on doubles' },
  b: { takes: [...NUMBERS, 'bool'], message: 'only integers and bools can be formatted as binary' },
  x: { takes: [...NUMBERS, 'string', 'bytes'], message: 'only integers, byte buffers, and strings can be formatted as hex' },
  X: { takes: [...NUMBERS, 'string', 'bytes'], message: 'only integers, byte buffers, and strings can be formatted as hex' },
  o: { takes: NUMBERS, message: 'octal clause can only be used on integers' },
};
const TEXTUAL = new Set(['list', 'map', 'string', 'bool', 'bytes', 'double', 'int', 'uint', 'duration', 'timestamp', 'null', 'type', 'dyn', 'any', 'error', 'param']);

function checkFormat(template: string, args: Node[], at: number, faults: SyntaxFault[]): void {
  let next = 0;
  for (const [, clause = ''] of template.matchAll(/%(?:\.\d+)?([\s\S]?)/g)) {
    if (clause === '%') continue;
    const argument = args[next++];
    if (!argument) {
      faults.push({ at, message: `index ${next - 1} out of range` });
      return;
    }
    const kind = argument.type?.kind ?? 'dyn';
    if (clause === 's' ? TEXTUAL.has(kind) : CLAUSES[clause]?.takes.includes(kind) || kind === 'dyn') continue;
    const message = clause === 's' ? 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps' : CLAUSES[clause]?.message;
    faults.push(message ? { at: argument.at, message: `error during formatting: ${message}, was given ${argument.type?.name}` } : { at, message: `could not parse formatting clause: unrecognized formatting clause "${clause}"` });
    return;
  }
  if (args.length > next) faults.push({ at, message: `too many arguments supplied to string.format (expected ${next}, got ${args.length})` });
}

function checkUniform(items: [Node, boolean][], faults: SyntaxFault[]): void {
  let first: Type | undefined;
  for (const [item, optional] of items) {
    const type = optional ? optionalValue(item.type!) ?? item.type! : item.type!;
    first ??= type;
    if (sameType(first, type)) continue;
    faults.push({ at: item.at, message: `expected type '${formatType(first)}' but found '${formatType(type)}'` });
    return;
  }
}

export function childrenOf(node: Node): Node[] {
  switch (node.kind) {
    case 'literal': case 'ident': return [];
    case 'select': return [node.operand];
    case 'call': return node.target ? [node.target, ...node.args] : node.args;
    case 'list': return node.items;
    case 'map': return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct': return node.fields.map(({ value }) => value);
    case 'fold': return [node.range, node.initial, node.condition, node.step, node.result];
  }
}
