import type { Schema } from '../../../api/schema.ts';
import type { Declared } from '../../../cel/declarations.ts';
import type { Program } from '../../../cel/compile.ts';
import type { JSONSchemaProps } from '../types.ts';

type Cel = typeof import('../../../cel/compile.ts') & typeof import('../../../cel/declarations.ts') & typeof import('../../../cel/values.ts')
  & { optionalOf: typeof import('../../../cel/types.ts').optionalOf };
type Environment = ReturnType<Cel['createEnvironment']>;
export type Rule = NonNullable<JSONSchemaProps['x-kubernetes-validations']>[number];

let cel: Cel | undefined;
let loading: Promise<void> | undefined;

/** Expressions are compiled without waiting, so their library is loaded before: heavy, hence only when a CRD has rules. */
export function loadCel(): Promise<void> {
  return (loading ??= (async () => {
    const [compile, declarations, values, types] = await Promise.all([
      import('../../../cel/compile.ts'), import('../../../cel/declarations.ts'), import('../../../cel/values.ts'), import('../../../cel/types.ts'),
    ]);
    cel = { ...compile, ...declarations, ...values, optionalOf: types.optionalOf };
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

export interface CompiledRule {
  rule: Rule;
  program: Program | undefined;
  error: string;
  usesOldSelf: boolean;
  message: Program | undefined;
  messageError: string;
  /** At most, by estimate. */
  cost: number;
  messageCost: number;
}

/** The rules of a node and how often they can apply in one object, when nothing around says less. */
export interface NodeRules { rules: CompiledRule[]; cardinality: number }

const NO_RULES: NodeRules = { rules: [], cardinality: 0 };
const compiled = new WeakMap<Schema, NodeRules>();

/** The rules of one schema node, compiled once. `isObject`: the root of a resource. */
export function rulesOfNode(schema: Schema, isObject: boolean): NodeRules {
  const rules = (schema.source as JSONSchemaProps | undefined)?.['x-kubernetes-validations'];
  if (!rules?.length) return NO_RULES;
  let made = compiled.get(schema);
  if (!made) compiled.set(schema, (made = compileNode(schema, rules, isObject)));
  return made;
}

function compileNode(schema: Schema, rules: Rule[], isObject: boolean): NodeRules {
  const { declare, mostOften } = loadedCel();
  const declared = declare(schema, 'selfType', isObject);
  if (!declared) return { rules: rules.map((rule) => failed(rule, 'failed to convert to declType for CEL validation rules')), cardinality: 1 };
  const compiler = new NodeCompiler(declared);
  return { rules: rules.map((rule) => compiler.compile(rule)), cardinality: mostOften(declared) };
}

function failed(rule: Rule, error: string): CompiledRule {
  return { rule, program: undefined, error, usesOldSelf: false, message: undefined, messageError: '', cost: 0, messageCost: 0 };
}

class NodeCompiler {
  private readonly declared: Declared;
  private readonly environments = new Map<boolean, Environment>();

  constructor(declared: Declared) {
    this.declared = declared;
  }

  private environment(optionalOldSelf: boolean): Environment {
    let made = this.environments.get(optionalOldSelf);
    if (made) return made;
    const { createEnvironment, registerDeclared, optionalOf } = loadedCel();
    made = createEnvironment();
    registerDeclared(made, this.declared);
    made.registerVariable('self', this.declared.type).registerVariable('oldSelf', optionalOldSelf ? optionalOf(this.declared.type) : this.declared.type);
    this.environments.set(optionalOldSelf, made);
    return made;
  }

  compile(rule: Rule): CompiledRule {
    const environment = this.environment(rule.optionalOldSelf === true);
    const main = this.tryCompile(environment, rule.rule, 'bool', 'compilation failed: ', 'cel expression must evaluate to a bool');
    if (!main.program) return failed(rule, main.error);
    const message = rule.messageExpression ? this.tryCompile(environment, rule.messageExpression, 'string', 'messageExpression compilation failed: ', 'messageExpression must evaluate to a string') : undefined;
    return {
      rule, program: main.program, error: '', usesOldSelf: main.program.uses('oldSelf'), cost: main.cost,
      message: message?.program, messageError: message?.error ?? '', messageCost: message?.cost ?? 0,
    };
  }

  private tryCompile(environment: Environment, expression: string, type: string, prefix: string, otherwise: string): { program: Program | undefined; error: string; cost: number } {
    const { compile, CompilationError, sizesOf } = loadedCel();
    try {
      const program = compile(environment, expression);
      if (program.type !== type) return { program: undefined, error: otherwise, cost: 0 };
      return { program, error: '', cost: program.estimate(sizesOf(this.declared)).max };
    } catch (error) {
      if (!(error instanceof CompilationError)) throw error;
      return { program: undefined, error: prefix + error.message, cost: 0 };
    }
  }
}
