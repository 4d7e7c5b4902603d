import { Environment } from '@marcbachmann/cel-js';
import { countSteps, resetSteps } from './budget.ts';
import { registerAuthorizer } from './libraries/authorizer.ts';
import { registerCollections } from './libraries/collections.ts';
import { registerFormats } from './libraries/formats.ts';
import { registerNetwork } from './libraries/network.ts';
import { registerQuantity } from './libraries/quantity.ts';
import { registerStrings } from './libraries/strings.ts';
import { rewriteHas } from './has-of-index.ts';
import { MESSAGE_FUNCTION, rewriteMessageLiterals } from './message-literals.ts';

/** Types of variables by name: `dyn`, `int`, `list<string>`, a registered type. */
export type Variables = Record<string, string>;

const LIMITS = { maxAstNodes: 10_000, maxDepth: 100, maxListElements: 1000, maxMapEntries: 1000, maxCallArguments: 32 };
const MAXIMUM_LENGTH = 100_000;
export const AUTHORIZER_TYPE = 'kubernetes.authorization.Authorizer';

let base: Environment | undefined;

function baseEnvironment(): Environment {
  if (base) return base;
  countSteps();
  base = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, unlistedVariablesAreDyn: false, limits: LIMITS });
  base.registerFunction(`${MESSAGE_FUNCTION}(string, map): dyn`, (_name: string, fields: unknown) => fields);
  for (const register of [registerStrings, registerCollections, registerQuantity, registerNetwork, registerFormats, registerAuthorizer]) register(base);
  return base;
}

/** With Kubernetes' libraries and these variables. Making one is not cheap: keep it. */
export function createEnvironment(variables: Variables): Environment {
  const environment = baseEnvironment().clone();
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);
  return environment;
}

/** What is wrong with an expression before it ever runs. */
export class CompilationError extends Error {
  override name = 'CompilationError';
}

export interface Program {
  /** Of the result, as far as it is known: `bool`, `string`, `dyn`. */
  type: string;
  /** May give a promise when the expression asks the authorizer. Throws Error with the reason. */
  run(values: Record<string, unknown>): unknown;
}

interface Located { message: string; summary?: string; range?: { start: number; end: number } }

/** Clients look for these words: `found no matching overload for '_>_' applied to '(int, string)'`. */
function wordAsUpstream(text: string): string {
  const overload = (name: string, args: string): string => `found no matching overload for '${name}' applied to '${args}'`;
  const [, left, operator, right] = /^no such overload: (\S.*?) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(text) ?? [];
  if (operator) return overload(operator === 'in' ? '@in' : `_${operator}_`, `(${left}, ${right})`);
  const [, unary, operand] = /^no such overload: ([!-])(.+)$/.exec(text) ?? [];
  if (unary) return overload(`${unary}_`, `(${operand})`);
  const [, receiver = '', name, args] = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(text) ?? [];
  if (name) return overload(name, receiver ? `${receiver}.(${args})` : `(${args})`);
  if (/^(Une|E)xpected /.test(text)) return `Syntax error: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
  return text.replace(/^No such key: (.*)$/, "undefined field '$1'").replace(/^Unknown variable: (.*)$/, "undeclared reference to '$1' (in container '')");
}

function describe(expression: string, error: Located): string {
  const text = wordAsUpstream(error.summary ?? error.message.split('\n')[0] ?? '');
  // A field that is not there is told where its dot stands.
  const dotted = text.startsWith('undefined field') && expression[(error.range?.start ?? 0) - 1] === '.' ? 1 : 0;
  const position = Math.min((error.range?.start ?? 0) - dotted, expression.length);
  const before = expression.slice(0, position).split('\n');
  const [line, column] = [before.length, before.at(-1)!.length + 1];
  const source = expression.split('\n')[line - 1] ?? '';
  return `compilation failed: ERROR: <input>:${line}:${column}: ${text}\n | ${source}\n | ${'.'.repeat(column - 1)}^`;
}

/** Parses and checks. `results`: types the result may have. Throws CompilationError, worded `compilation failed: ERROR: <input>:1:5: ...`. */
export function compile(environment: Environment, expression: string, results: string[] = []): Program {
  if (expression.length > MAXIMUM_LENGTH) throw new CompilationError(`compilation failed: the expression is longer than ${MAXIMUM_LENGTH} characters`);
  const text = rewriteHas(rewriteMessageLiterals(expression));
  let program: ReturnType<Environment['parse']>;
  try {
    program = environment.parse(text);
  } catch (error) {
    throw new CompilationError(describe(text, error as Located));
  }
  const checked = program.check();
  if (!checked.valid) throw new CompilationError(describe(text, checked.error as Located));
  const type = String(checked.type);
  if (results.length > 0 && type !== 'dyn' && !results.includes(type)) {
    throw new CompilationError(`must evaluate to ${results.length === 1 ? results[0] : `one of ${results.join(', ')}`} but got ${type}`);
  }
  return {
    type,
    run(values) {
      resetSteps();
      try {
        const result: unknown = program(values);
        return result instanceof Promise ? result.catch((error: Located) => { throw evaluationError(error); }) : result;
      } catch (error) {
        throw evaluationError(error as Located);
      }
    },
  };
}

function evaluationError(error: Located): Error {
  const text = error.summary ?? error.message.split('\n')[0] ?? '';
  return new Error(text.replace(/^No such key/, 'no such key').replace(/^Division by zero/, 'division by zero'));
}
