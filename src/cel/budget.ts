import { Environment } from '@marcbachmann/cel-js';

/** Steps that all comprehensions of one evaluation may take together. */
const MAXIMUM_STEPS = 1_000_000;

interface IterationContext { setIterValue(value: unknown, evaluator: unknown): unknown }

let spent = 0;
let counting = false;

/**
 * The library bounds an expression's size, not the work it does: four comprehensions inside each other over a long list would hold the
 * process for minutes. It offers no hook either, so the method that binds a comprehension's variable is made to count; a macro
 * of ours gets hold of it. The test of the limit fails should a new version of the library work another way.
 */
export function countSteps(): void {
  if (counting) return;
  counting = true;
  let context: IterationContext | undefined;
  const probe = new Environment();
  probe.registerFunction('probe(ast): bool', ({ args }: { args: unknown[] }) => ({
    args,
    typeCheck: (checker: { getType(name: string): unknown }) => checker.getType('bool'),
    evaluate(_evaluator: unknown, _macro: unknown, found: IterationContext): boolean {
      context = found;
      return true;
    },
  }));
  probe.evaluate('[1].all(item, probe(item))');
  const prototype = context && Object.getPrototypeOf(context) as IterationContext;
  if (!prototype || typeof prototype.setIterValue !== 'function') return;
  const original = prototype.setIterValue;
  prototype.setIterValue = function count(this: IterationContext, value: unknown, evaluator: unknown): unknown {
    if (++spent > MAXIMUM_STEPS) throw new Error('operation cancelled: actual cost limit exceeded');
    return original.call(this, value, evaluator);
  };
}

/** A new evaluation begins. */
export function resetSteps(): void {
  spent = 0;
}
