import type { Program } from '../../../cel/compile.ts';
import type { JSONSchemaProps } from '../types.ts';

type Cel = typeof import('../../../cel/compile.ts') & { optional(value: unknown, present: boolean): unknown; toCel: typeof import('../../../cel/values.ts').toCel };
export type Rule = NonNullable<JSONSchemaProps['x-kubernetes-validations']>[number];

let cel: Cel | undefined;
let loading: Promise<void> | undefined;

/** Expressions are compiled without waiting, so their library is loaded before: heavy, hence only when a CRD has rules. */
export function loadCel(): Promise<void> {
  return (loading ??= (async () => {
    const [compile, values, { Optional }] = await Promise.all([import('../../../cel/compile.ts'), import('../../../cel/values.ts'), import('@marcbachmann/cel-js')]);
    cel = { ...compile, toCel: values.toCel, optional: (value, present) => (present ? Optional.of(value) : Optional.none()) };
  })());
}

export function loadedCel(): Cel {
  if (!cel) throw new Error('the library of expressions is not loaded');
  return cel;
}

/** Whether any schema of a definition has rules. */
export function hasRules(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasRules);
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    if (key === 'x-kubernetes-validations' && Array.isArray(inner) && inner.length) return true;
    if (key !== 'default' && key !== 'enum' && hasRules(inner)) return true;
  }
  return false;
}

export interface CompiledRule { rule: Rule; program: Program | undefined; error: string; usesOldSelf: boolean; message: Program | undefined; messageError: string }

const compiled = new WeakMap<object, CompiledRule[]>();
let environment: ReturnType<Cel['createEnvironment']> | undefined;

/** The rules of one schema node, compiled once. */
export function rulesOfNode(schema: JSONSchemaProps): CompiledRule[] {
  const rules = schema['x-kubernetes-validations'];
  if (!rules?.length) return [];
  let made = compiled.get(rules);
  if (!made) compiled.set(rules, (made = rules.map(compileRule)));
  return made;
}

function compileRule(rule: Rule): CompiledRule {
  const { createEnvironment } = loadedCel();
  environment ??= createEnvironment({ self: 'dyn', oldSelf: 'dyn' });
  const main = tryCompile(rule.rule, 'bool', 'cel expression must evaluate to a bool');
  const message = rule.messageExpression ? tryCompile(rule.messageExpression, 'string', 'messageExpression must evaluate to a string') : undefined;
  return {
    rule, program: main.program, error: main.error, usesOldSelf: mentionsOldSelf(rule.rule),
    message: message?.program, messageError: message?.error ? `messageExpression compilation failed: ${message.error.replace(/^compilation failed: /, '')}` : '',
  };
}

function tryCompile(expression: string, type: string, otherwise: string): { program: Program | undefined; error: string } {
  const { compile, CompilationError } = loadedCel();
  try {
    const program = compile(environment as NonNullable<typeof environment>, expression);
    if (program.type !== type && program.type !== 'dyn') return { program: undefined, error: otherwise };
    return { program, error: '' };
  } catch (error) {
    if (!(error instanceof CompilationError)) throw error;
    return { program: undefined, error: error.message };
  }
}

function mentionsOldSelf(expression: string): boolean {
  const code = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  return /(?<![\w.])oldSelf\b/.test(code);
}
