import { regularExpression } from './libraries/strings.ts';
import type { SyntaxFault } from './syntax/tokens.ts';
import type { Node } from './syntax/tree.ts';
import { formatType, isDynOrError, optionalValue, type Type } from './types.ts';
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

function visit(node: Node, faults: SyntaxFault[]): void {
  for (const child of childrenOf(node)) visit(child, faults);
  if (node.kind === 'call') checkCall(node, faults);
  else if (node.kind === 'list') checkUniform(node.items.map((item, index) => [item, node.optional.has(index)]), faults);
  else if (node.kind === 'map') {
    checkUniform(node.entries.map(({ key }) => [key, false]), faults);
    checkUniform(node.entries.map(({ value, optional }) => [value, optional]), faults);
  }
}

function checkCall({ name, args }: Node & { kind: 'call' }, faults: SyntaxFault[]): void {
  const rule = LITERALS[name];
  const argument = args.at(name === 'matches' ? -1 : 0);
  if (rule && argument?.kind === 'literal' && typeof argument.value === 'string' && !rule.fits(argument.value)) faults.push({ at: argument.at, message: `invalid ${rule.name} argument` });
}

function checkUniform(items: [Node, boolean][], faults: SyntaxFault[]): void {
  let first: Type | undefined;
  for (const [item, optional] of items) {
    const type = optional ? optionalValue(item.type!) ?? item.type! : item.type!;
    if (!first) {
      first = type;
      continue;
    }
    if (isDynOrError(first) !== isDynOrError(type) || (first.kind !== type.kind && !isDynOrError(first))) {
      faults.push({ at: item.at, message: `expected type '${formatType(first)}' but found '${formatType(type)}'` });
      return;
    }
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
