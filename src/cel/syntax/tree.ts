import type { Type } from '../types.ts';

interface Common {
  /** Where it is told to stand, in characters from the start. */
  at: number;
  /** Made by the checker. */
  type?: Type;
}

export type Literal = Common & { kind: 'literal'; value: unknown; literalType: Type };
export type Ident = Common & { kind: 'ident'; name: string };
/** `test`: only whether the field is there. */
export type Select = Common & { kind: 'select'; operand: Node; field: string; test: boolean };
/** `overloads`: what the checker found to fit. */
export type Call = Common & { kind: 'call'; name: string; target: Node | undefined; args: Node[]; overloads?: string[] };
export type List = Common & { kind: 'list'; items: Node[]; optional: Set<number> };
export interface MapEntry { key: Node; value: Node; optional: boolean; at: number }
export type MapNode = Common & { kind: 'map'; entries: MapEntry[] };
export interface StructField { name: string; value: Node; optional: boolean; at: number }
export type Struct = Common & { kind: 'struct'; name: string; fields: StructField[] };
/** What all comprehensions are: runs `step` over `range`, as long as `condition` holds. */
export type Fold = Common & {
  kind: 'fold'; range: Node; variable: string; second: string | undefined; accumulator: string; initial: Node; condition: Node; step: Node; result: Node;
};
export type Node = Literal | Ident | Select | Call | List | MapNode | Struct | Fold;

/** Of the variable that macros gather their result in; no expression can name it. */
export const ACCUMULATOR = '@result';

/** A fold over nothing whose result sees its accumulator: `bind name = initial in result`. */
export function isBinding(node: Fold): boolean {
  return node.range.kind === 'list' && node.range.items.length === 0 && node.condition.kind === 'literal' && node.condition.value === false && node.accumulator !== ACCUMULATOR;
}
