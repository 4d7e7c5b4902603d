import { check } from './check.ts';
import { estimateCost, type SizeOfPath } from './cost/estimate.ts';
import type { Range } from './cost/range.ts';
import { Environment } from './environment.ts';
import { plan, Waiting, type Frame } from './evaluate.ts';
import { registerAuthorizer } from './libraries/authorizer.ts';
import { registerCollections } from './libraries/collections.ts';
import { registerConversionsAndTimes } from './libraries/conversions.ts';
import { registerFormats } from './libraries/formats.ts';
import { registerNetwork } from './libraries/network.ts';
import { registerQuantity } from './libraries/quantity.ts';
import { registerStandard } from './libraries/standard.ts';
import { registerStrings } from './libraries/strings.ts';
import { childrenOf, literalFaults } from './literals.ts';
import { parse } from './syntax/parse.ts';
import type { SyntaxFault } from './syntax/tokens.ts';
import type { Node } from './syntax/tree.ts';
import { DYN, formatType, parseType, type Type } from './types.ts';

/** Types of variables by name: `dyn`, `int`, `list<string>`, a registered type. */
export type Variables = Record<string, string>;

export const AUTHORIZER_TYPE = 'kubernetes.authorization.Authorizer';
export const RESOURCE_CHECK_TYPE = 'kubernetes.authorization.ResourceCheck';
/** What one evaluation may cost. */
export const CALL_LIMIT = 1_000_000;
const MAXIMUM_FAULTS = 100;

let base: Environment | undefined;

function baseEnvironment(): Environment {
  if (base) return base;
  base = new Environment();
  for (const register of [registerStandard, registerConversionsAndTimes, registerStrings, registerCollections, registerQuantity, registerNetwork, registerFormats, registerAuthorizer]) register(base);
  return base;
}

/** With Kubernetes' libraries and these variables. */
export function createEnvironment(variables: Variables = {}): Environment {
  const environment = new Environment(baseEnvironment());
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, parseType(type));
  return environment;
}

/** What is wrong with an expression before it ever runs: `ERROR: <input>:1:5: ...`, a place a paragraph. */
export class CompilationError extends Error {
  override name = 'CompilationError';
}

export interface Program {
  /** Of the result, as far as it is known: `bool`, `string`, `dyn`. */
  type: string;
  resultType: Type;
  /** Whether the expression reads a variable. */
  uses(variable: string): boolean;
  /** Between which bounds its cost lies. */
  estimate(sizeOfPath: SizeOfPath): Range;
  /**
   * May give a promise when the expression asks the authorizer. Throws Error with the reason. `limit`: what it may cost; `spent` is
   * told what it did cost, also when it fails.
   */
  run(values: Record<string, unknown>, limit?: number, spent?: (cost: number) => void): unknown;
}

/** Parses and checks. Throws CompilationError. */
export function compile(environment: Environment, expression: string): Program {
  const parsed = parse(expression);
  if (!parsed.node) throw new CompilationError(describe(expression, parsed.faults));
  const { node } = parsed;
  const faults = check(environment, node);
  if (faults.length === 0) faults.push(...literalFaults(node));
  if (faults.length > 0) throw new CompilationError(describe(expression, faults));
  const resultType = node.type ?? DYN;
  let planned: ReturnType<typeof plan> | undefined;
  return {
    type: formatType(resultType), resultType,
    uses: (variable) => mentions(node, variable),
    estimate: (sizeOfPath) => estimateCost(node, sizeOfPath),
    run(values, limit = CALL_LIMIT, spent) {
      planned ??= plan(environment, node);
      return run(planned, values, limit, spent);
    },
  };
}

function run(planned: ReturnType<typeof plan>, values: Record<string, unknown>, limit: number, spent?: (cost: number) => void): unknown {
  const frame: Frame = { values, slots: new Array<unknown>(planned.slots), cost: 0, limit };
  try {
    const result = planned.step(frame);
    spent?.(frame.cost);
    return result;
  } catch (error) {
    if (error instanceof Waiting) return error.answer.then(() => run(planned, values, limit, spent));
    spent?.(frame.cost);
    throw error;
  }
}

/** Faults by where they are, each with its line of the expression. */
function describe(expression: string, faults: SyntaxFault[]): string {
  const sorted = [...faults].sort((one, other) => one.at - other.at).slice(0, MAXIMUM_FAULTS);
  return sorted.map((fault) => describeFault(expression, fault)).join('\n');
}

function describeFault(expression: string, { at, message }: SyntaxFault): string {
  if (at < 0) return `ERROR: <input>:-1:0: ${message}`;
  if (expression === '') return `ERROR: <input>:1:0: ${message}`;
  const before = expression.slice(0, at).split('\n');
  const [line, column] = [before.length, [...before.at(-1)!].length];
  const source = (expression.split('\n')[line - 1] ?? '').replace(/\t/g, ' ');
  const isWide = (character: string | undefined): boolean => character !== undefined && character.codePointAt(0)! > 0x7f;
  const characters = [...source];
  const dots = characters.slice(0, column).map((character) => (isWide(character) ? '．' : '.')).join('');
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${source}\n | ${dots}${isWide(characters[column]) ? '＾' : '^'}`;
}

function mentions(node: Node, variable: string): boolean {
  return (node.kind === 'ident' && node.name.replace(/^\./, '') === variable) || childrenOf(node).some((child) => mentions(child, variable));
}
