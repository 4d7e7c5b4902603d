import { AUTHORIZER_CHECK, COST, STRING_FACTOR } from './actual.ts';
import { libraryCost, type CallEstimate, type Operand } from './library-estimate.ts';
import { exactly, NOTHING, NO_LIMIT, plus, scaled, sum, times, union, UNKNOWN, type Range } from './range.ts';
import type { Type } from '../types.ts';
import { isBinding, type Call, type Fold, type Node } from '../syntax/tree.ts';

/** The largest size of what a path of names leads to: `['self', 'items', '@items']`; undefined when that is not known. */
export type SizeOfPath = (path: readonly string[]) => Range | undefined;

/** Between which bounds the cost of a checked expression lies. */
export function estimateCost(node: Node, sizeOfPath: SizeOfPath): Range {
  return new Estimator(sizeOfPath).cost(node);
}

/** Sizes of what is in a container: of keys (or indexes) and of values. */
interface Entries { kind: 'list' | 'map'; key: Range; value: Range }
interface Local { path: readonly string[]; size: Range | undefined; entries: Entries | undefined }

const EMPTY: readonly string[] = [];
const ONE = exactly(1);
const SCALARS = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);

class Estimator {
  private readonly sizeOfPath: SizeOfPath;
  private readonly paths = new Map<Node, readonly string[]>();
  private readonly sizes = new Map<Node, Range>();
  private readonly entries = new Map<Node, Entries>();
  private readonly locals = new Map<string, Local[]>();

  constructor(sizeOfPath: SizeOfPath) {
    this.sizeOfPath = sizeOfPath;
  }

  cost(node: Node): Range {
    switch (node.kind) {
      case 'literal': return NOTHING;
      case 'ident':
        this.paths.set(node, this.local(node.name)?.path ?? [node.name]);
        return ONE;
      case 'select': return this.select(node);
      case 'call': return this.call(node);
      case 'list': return this.list(node);
      case 'map': return this.map(node);
      case 'struct': return plus(sum(node.fields.map(({ value }) => this.cost(value))), exactly(COST.struct));
      case 'fold': return isBinding(node) ? this.binding(node) : this.fold(node);
    }
  }

  private local(name: string): Local | undefined {
    return this.locals.get(name)?.at(-1);
  }

  private within<T>(name: string, local: Local, work: () => T): T {
    const stack = this.locals.get(name) ?? [];
    this.locals.set(name, stack);
    stack.push(local);
    const result = work();
    stack.pop();
    return result;
  }

  private path(node: Node): readonly string[] {
    return (node.kind === 'ident' ? this.local(node.name)?.path : undefined) ?? this.paths.get(node) ?? EMPTY;
  }

  private select(node: Node & { kind: 'select' }): Range {
    const operand = this.cost(node.operand);
    if (node.test) return operand;
    this.paths.set(node, [...this.path(node.operand), node.field]);
    const kind = node.operand.type?.kind;
    return kind === 'map' || kind === 'struct' || kind === 'param' ? plus(operand, ONE) : operand;
  }

  private list(node: Node & { kind: 'list' }): Range {
    const costs = node.items.map((item) => this.cost(item));
    const value = node.items.length === 0 ? NOTHING : node.items.map((item) => this.size(item)).reduce(union);
    this.entries.set(node, { kind: 'list', key: ONE, value });
    return plus(sum(costs), exactly(COST.list));
  }

  private map(node: Node & { kind: 'map' }): Range {
    const costs = node.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]);
    const all = (pick: (entry: (typeof node.entries)[number]) => Node): Range => (node.entries.length === 0 ? NOTHING : node.entries.map((entry) => this.size(pick(entry))).reduce(union));
    this.entries.set(node, { kind: 'map', key: all(({ key }) => key), value: all(({ value }) => value) });
    return plus(sum(costs), exactly(COST.map));
  }

  private operand(node: Node): Operand {
    const path = this.path(node);
    return { node, type: node.type as Type, path: path[0] === '@result' ? EMPTY : path, size: this.knownSize(node), sizeOfPath: this.sizeOfPath };
  }

  private call(node: Call): Range {
    const { name, target, args } = node;
    if (name === 'dyn' && args.length === 1) {
      const inner = this.cost(args[0]!);
      this.copy(node, args[0]!);
      return plus(inner, ONE);
    }
    const costs = args.map((arg) => this.cost(arg));
    const operands = args.map((arg) => this.operand(arg));
    if (!node.overloads?.length) return NOTHING;
    const targetCost = target ? this.cost(target) : NOTHING;
    const receiver = target ? this.operand(target) : undefined;
    let cost: Range = { min: NO_LIMIT, max: 0 };
    let size: Range | undefined;
    for (const overload of node.overloads) {
      const estimate = this.overloadCost(node, overload, receiver, operands, costs);
      cost = union(cost, estimate.cost);
      if (estimate.size) size = size ? union(size, estimate.size) : estimate.size;
      if ((overload === 'index_list' || overload === 'index_map') && args[0]) {
        size = this.entriesOf(args[0])?.value;
        this.paths.set(node, [...this.path(args[0]), overload === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.knownSize(node);
    }
    if (size) this.sizes.set(node, size);
    return plus(targetCost, cost);
  }

  private overloadCost(node: Call, overload: string, target: Operand | undefined, args: Operand[], costs: Range[]): CallEstimate {
    const before = sum(costs);
    if (node.name === 'check') return { cost: plus(exactly(AUTHORIZER_CHECK), before) };
    const own = libraryCost(node.name, overload, target, args);
    if (own) return { ...own, cost: plus(own.cost, before) };
    const sizes = args.map(({ node: arg }) => this.size(arg));
    switch (overload) {
      case 'logical_and': case 'logical_or': return { cost: { min: costs[0]!.min, max: plus(costs[0]!, costs[1]!).max } };
      case 'conditional': {
        this.join(node, node.args[1]!, node.args[2]!);
        return { cost: plus(costs[0]!, union(costs[1]!, costs[2]!)), size: union(sizes[1]!, sizes[2]!) };
      }
      case 'in_list': return { cost: plus(sizes[1]!, before) };
      case 'add_string': case 'add_bytes': case 'add_list': {
        const size = plus(sizes[0]!, sizes[1]!);
        this.join(node, node.args[0]!, node.args[1]!);
        return { cost: plus(overload === 'add_list' ? ONE : scaled(size, STRING_FACTOR), before), size };
      }
      default:
    }
    if (/^(?:equals|not_equals|(?:less|greater)(?:_equals)?_(?:string|bytes))$/.test(overload)) {
      const max = Math.min(sizes[0]!.max, sizes[1]!.max);
      return { cost: plus(scaled({ min: max > 0 ? 1 : 0, max }, STRING_FACTOR), before) };
    }
    return { cost: plus(ONE, before) };
  }

  /** What either of two containers may hold. */
  private join(node: Node, one: Node, other: Node): void {
    const [left, right] = [this.entriesOf(one), this.entriesOf(other)];
    if (left && right) this.entries.set(node, { kind: left.kind, key: union(left.key, right.key), value: union(left.value, right.value) });
  }

  private copy(to: Node, from: Node): void {
    const size = this.knownSize(from);
    const entries = this.entriesOf(from);
    if (size) this.sizes.set(to, size);
    if (entries) this.entries.set(to, entries);
  }

  private binding(node: Fold): Range {
    const before = plus(this.cost(node.range), this.cost(node.initial));
    const local = { path: this.path(node.initial), size: this.knownSize(node.initial), entries: this.entriesOf(node.initial) };
    const result = this.within(node.accumulator, local, () => this.cost(node.result));
    this.within(node.accumulator, local, () => this.copy(node, node.result));
    return plus(before, result);
  }

  private fold(node: Fold): Range {
    const before = plus(this.cost(node.range), this.cost(node.initial));
    const accumulator = { path: this.path(node.initial), size: this.knownSize(node.initial), entries: this.entriesOf(node.initial) };
    const { loop, result } = this.within(node.accumulator, accumulator, () => {
      const [first, second] = this.variables(node);
      const inside = (): Range => plus(this.cost(node.step), this.cost(node.condition));
      const own = this.within(node.variable, first, () => (node.second === undefined ? inside() : this.within(node.second, second, inside)));
      return { loop: own, result: this.cost(node.result) };
    });
    const count = this.size(node.range);
    if (node.initial.kind === 'literal') this.sizes.set(node, this.knownSize(node.initial) ?? UNKNOWN);
    if (node.initial.kind === 'list' || node.initial.kind === 'map') {
      this.sizes.set(node, count);
      const entries = this.entriesOf(node.step);
      if (entries) this.entries.set(node, entries);
    }
    return plus(plus(before, result), times(count, loop));
  }

  /** What is known of a comprehension's variables: with one, items of lists and keys of maps. */
  private variables({ range, second }: Fold): [Local, Local] {
    const entries = this.entriesOf(range);
    const kind = entries?.kind ?? range.type?.kind;
    const path = this.path(range);
    const local = (step: string, size: Range | undefined): Local => ({ path: [...path, step], size, entries: undefined });
    const value = local(kind === 'list' ? '@items' : '@values', entries?.value);
    const key = local(kind === 'list' ? '@indices' : '@keys', entries?.key);
    if (second !== undefined) return [key, value];
    return kind === 'list' ? [value, value] : [key, key];
  }

  private entriesOf(node: Node): Entries | undefined {
    return this.entries.get(node) ?? (node.kind === 'ident' ? this.local(node.name)?.entries : undefined);
  }

  private size(node: Node): Range {
    return this.knownSize(node) ?? UNKNOWN;
  }

  private knownSize(node: Node): Range | undefined {
    const known = this.sizes.get(node);
    if (known) return known;
    const literal = literalSize(node);
    if (literal) return literal;
    const path = this.path(node);
    const declared = path.length > 0 ? this.sizeOfPath(path) : undefined;
    if (declared) {
      this.sizes.set(node, declared);
      return declared;
    }
    if (node.type && isScalar(node.type)) return ONE;
    return node.kind === 'ident' ? this.local(node.name)?.size : undefined;
  }
}

function isScalar(type: Type): boolean {
  return SCALARS.has(type.kind) || (type.kind === 'opaque' && type.name === 'optional_type' && isScalar(type.params[0]!));
}

function literalSize(node: Node): Range | undefined {
  if (node.kind === 'list') return exactly(node.items.length);
  if (node.kind === 'map') return exactly(node.entries.length);
  if (node.kind !== 'literal') return undefined;
  const { value } = node;
  return exactly(typeof value === 'string' ? [...value].length : value instanceof Uint8Array ? value.length : 1);
}
