import { compile, createEnvironment, type Program } from '../../cel/compile.ts';
import { toCel } from '../../cel/values.ts';

/** Says whether a SubjectAccessReview's spec meets all expressions. Throws Error for one that cannot be compiled. */
export function createMatcher(expressions: string[]): (request: object) => boolean {
  const environment = createEnvironment({ request: 'dyn' });
  const programs = expressions.map((expression): Program => {
    const program = compile(environment, expression);
    if (program.type !== 'bool' && program.type !== 'dyn') throw new Error(`${expression}: must evaluate to bool`);
    return program;
  });
  return (request) => {
    const errors: string[] = [];
    for (const program of programs) {
      try {
        // One that is not met decides, whatever others fail at.
        if (program.run({ request: toCel(request) }) !== true) return false;
      } catch (error) {
        errors.push((error as Error).message);
      }
    }
    if (errors.length > 0) throw new Error(errors.join(', '));
    return true;
  };
}
