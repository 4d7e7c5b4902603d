import { BOOL, INT } from '../types.ts';
import { ACCUMULATOR, type Fold, type Node } from './tree.ts';

interface Invocation { name: string; at: number; target: Node | undefined; args: Node[] }
type Expansion = { node: Node } | { fault: string; at: number };
const OVERWRITES = 'iteration variable overwrites accumulator variable';
const SORTABLE = new Set(['list', 'select', 'ident', 'fold', 'call']);

/** What a call that is a macro stands for; undefined when it is none. */
export function expandMacro({ name, at, target, args }: Invocation): Expansion | undefined {
  if (!target) return name === 'has' && args.length === 1 ? presence(args[0]!, at) : undefined;
  const builder = new Builder(at);
  const one = args.length === 2 || (name === 'map' && args.length === 3) ? oneVariable(name, args.length) : undefined;
  if (one) return builder.over(target, args, 1, name === 'map' || name === 'filter' ? 'argument is not an identifier' : 'argument must be a simple name', one);
  const two = twoVariables(name, args.length);
  if (two) return builder.over(target, args, 2, 'argument must be a simple name', two);
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) return optionalMap(builder, name, target, args[0]!, args[1]!);
  if (name === 'sortBy' && args.length === 2) return sortBy(builder, target, args);
  return undefined;
}

function presence(argument: Node, at: number): Expansion {
  if (argument.kind !== 'select' || argument.test) return { fault: 'invalid argument to has() macro', at: argument.at };
  return { node: { ...argument, at, test: true } };
}

/** How a macro's fold is put together out of what stands behind its variables. */
type Shape = (builder: Builder, rest: Node[], variables: Node[]) => Pick<Fold, 'initial' | 'condition' | 'step' | 'result'>;

const all: Shape = (builder, [predicate]) => ({
  initial: builder.bool(true), condition: builder.call('@not_strictly_false', builder.accumulator()), step: builder.call('_&&_', builder.accumulator(), predicate!), result: builder.accumulator(),
});
const exists: Shape = (builder, [predicate]) => ({
  initial: builder.bool(false), condition: builder.call('@not_strictly_false', builder.call('!_', builder.accumulator())), step: builder.call('_||_', builder.accumulator(), predicate!),
  result: builder.accumulator(),
});
const existsOne: Shape = (builder, [predicate]) => ({
  initial: builder.int(0n), condition: builder.bool(true),
  step: builder.call('_?_:_', predicate!, builder.call('_+_', builder.accumulator(), builder.int(1n)), builder.accumulator()),
  result: builder.call('_==_', builder.accumulator(), builder.int(1n)),
});

/** Gathers items in a list; the filter, if there is one, stands before what is gathered. */
const gather: Shape = (builder, rest) => {
  const [filter, item] = rest.length === 2 ? rest : [undefined, rest[0]];
  const grown = builder.call('_+_', builder.accumulator(), builder.list(item!));
  return { initial: builder.list(), condition: builder.bool(true), step: filter ? builder.call('_?_:_', filter, grown, builder.accumulator()) : grown, result: builder.accumulator() };
};
const keep: Shape = (builder, [predicate], [variable]) => gather(builder, [predicate!, { ...variable! }], []);

const gatherMap = (byEntry: boolean): Shape => (builder, rest, variables) => {
  const [filter, value] = rest.length === 2 ? rest : [undefined, rest[0]];
  const grown = byEntry ? builder.call('cel.@mapInsert', builder.accumulator(), value!) : builder.call('cel.@mapInsert', builder.accumulator(), { ...variables[0]! }, value!);
  const initial: Node = { kind: 'map', at: builder.at, entries: [] };
  return { initial, condition: builder.bool(true), step: filter ? builder.call('_?_:_', filter, grown, builder.accumulator()) : grown, result: builder.accumulator() };
};

function oneVariable(name: string, count: number): Shape | undefined {
  if (count === 3) return gather;
  return ({ all, exists, exists_one: existsOne, existsOne, map: gather, filter: keep } as Record<string, Shape>)[name];
}

function twoVariables(name: string, count: number): Shape | undefined {
  if (count === 3 && (name === 'all' || name === 'exists' || name === 'existsOne' || name === 'exists_one')) return oneVariable(name, 2);
  if (count !== 3 && count !== 4) return undefined;
  return ({ transformList: gather, transformMap: gatherMap(false), transformMapEntry: gatherMap(true) } as Record<string, Shape>)[name];
}

function optionalMap(builder: Builder, name: string, target: Node, variable: Node, body: Node): Expansion {
  if (variable.kind !== 'ident') return { fault: `${name}() variable name must be a simple identifier`, at: variable.at };
  const { at } = builder;
  const fold: Fold = {
    kind: 'fold', at, range: builder.list(), variable: '#unused', second: undefined, accumulator: variable.name, initial: builder.member('value', { ...target }),
    condition: builder.bool(false), step: { ...variable }, result: body,
  };
  const found = name === 'optMap' ? builder.call('optional.of', fold) : fold;
  return { node: builder.call('_?_:_', builder.member('hasValue', target), found, builder.call('optional.none')) };
}

function sortBy(builder: Builder, target: Node, args: Node[]): Expansion {
  if (!SORTABLE.has(target.kind)) return { fault: 'sortBy can only be applied to a list, identifier, comprehension, call or select expression', at: target.at };
  const keys = builder.over({ ...target }, args, 1, 'argument is not an identifier', gather);
  return 'fault' in keys ? keys : { node: builder.member('@sortByAssociatedKeys', target, keys.node) };
}

/** Nodes that stand where the macro was called. */
class Builder {
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }

  over(range: Node, args: Node[], count: 1 | 2, fault: string, shape: Shape): Expansion {
    const variables = args.slice(0, count);
    for (const variable of variables) {
      if (variable.kind !== 'ident' || variable.name.startsWith('.')) return { fault, at: variable.at };
      if (variable.name === ACCUMULATOR || variable.name === '__result__') return { fault: OVERWRITES, at: variable.at };
    }
    const [first, second] = variables.map((variable) => (variable.kind === 'ident' ? variable.name : ''));
    if (first === second) return { fault: `duplicate variable name: ${first}`, at: variables[1]!.at };
    return { node: { kind: 'fold', at: this.at, range, variable: first!, second, accumulator: ACCUMULATOR, ...shape(this, args.slice(count), variables) } };
  }
  accumulator(): Node {
    return { kind: 'ident', at: this.at, name: ACCUMULATOR };
  }
  bool(value: boolean): Node {
    return { kind: 'literal', at: this.at, value, literalType: BOOL };
  }
  int(value: bigint): Node {
    return { kind: 'literal', at: this.at, value, literalType: INT };
  }
  list(...items: Node[]): Node {
    return { kind: 'list', at: this.at, items, optional: new Set() };
  }
  call(name: string, ...args: Node[]): Node {
    return { kind: 'call', at: this.at, name, target: undefined, args };
  }
  member(name: string, target: Node, ...args: Node[]): Node {
    return { kind: 'call', at: this.at, name, target, args };
  }
}
