/** Compiles what selects devices. Loaded when the first selector is to be checked. */
import { compile, CompilationError, createEnvironment } from '../../cel/compile.ts';
import { registerDeclared, sizesOf, type Declared } from '../../cel/declarations.ts';
import type { Environment } from '../../cel/environment.ts';
import { BOOL, DYN, isDyn, mapOf, parseType, STRING, struct, typeText, type Type } from '../../cel/types.ts';
import { BoundedCache } from '../authn/bounded-cache.ts';

const COST_LIMIT = 1_000_000;
const CACHED = 500;
const DOMAIN = 63, NAME = 32, VALUE = 64, ENTRIES = 32;

const simple = (type: Type, maximum: number): Declared => ({ type, maximum, smallest: 2 });
const map = (keys: number, item: Declared): Declared => ({ type: mapOf(STRING, item.type), key: simple(STRING, keys), item, maximum: ENTRIES, smallest: 2 });
/** By domain, then by name. */
const properties = (value: Declared): Declared => map(DOMAIN, map(NAME, value));

const DEVICE: Declared = {
  type: struct('kubernetes.DRADevice'), maximum: 0, smallest: 2,
  fields: new Map([
    ['driver', simple(STRING, DOMAIN)], ['allowMultipleAllocations', simple(BOOL, 1)],
    ['attributes', properties(simple(DYN, VALUE))], ['capacity', properties(simple(parseType('kubernetes.Quantity'), 0))],
  ]),
};

let environment: Environment | undefined;

function deviceEnvironment(): Environment {
  if (environment) return environment;
  environment = createEnvironment();
  registerDeclared(environment, DEVICE);
  return environment.registerVariable('device', DEVICE.type);
}

export type SelectorFault = { kind: 'wrong' | 'costly'; detail: string };
const known = new BoundedCache<string, { fault: SelectorFault | undefined }>(CACHED);

/** What is wrong with a selector's expression. */
export function selectorFault(expression: string): SelectorFault | undefined {
  let found = known.get(expression);
  if (!found) known.set(expression, (found = { fault: faultOf(expression) }));
  return found.fault;
}

function faultOf(expression: string): SelectorFault | undefined {
  try {
    const program = compile(deviceEnvironment(), expression);
    const type = program.resultType;
    if (type.kind !== BOOL.kind && !isDyn(type)) return { kind: 'wrong', detail: `must evaluate to bool or the unknown type, not ${typeText(type)}` };
    return program.estimate(sizesOf(DEVICE)).max > COST_LIMIT ? { kind: 'costly', detail: 'too complex, exceeds cost limit' } : undefined;
  } catch (error) {
    if (!(error instanceof CompilationError)) throw error;
    return { kind: 'wrong', detail: `compilation failed: ${error.message}` };
  }
}
