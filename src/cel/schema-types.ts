import type { Environment } from '@marcbachmann/cel-js';
import type { Schema } from '../api/schema.ts';
import { AUTHORIZER_TYPE, compile, CompilationError, createEnvironment } from './compile.ts';

const MAXIMUM_DEPTH = 12;

/** Declares a schema's objects as types, innermost first, and gives the name of its own. What refers back to itself is `dyn`. */
function declare(environment: Environment, schema: Schema | undefined, path: string, open: Set<Schema>): string {
  if (!schema || schema.preserveUnknownFields || open.size > MAXIMUM_DEPTH || open.has(schema)) return 'dyn';
  switch (schema.type) {
    case 'boolean': return 'bool';
    case 'integer': return 'int';
    case 'number': return 'double';
    case 'string': return schema.format === 'int-or-string' || schema.format === 'quantity' ? 'dyn' : 'string';
    case 'array': return `list<${within(environment, schema, schema.items, `${path}.@item`, open)}>`;
    case 'map': return `map<string, ${within(environment, schema, schema.values, `${path}.@value`, open)}>`;
    case 'object': {
      if (!schema.fields || schema.fields.size === 0) return 'dyn';
      const fields: Record<string, string> = {};
      for (const [name, field] of schema.fields) fields[name] = within(environment, schema, field.schema, `${path}.${name}`, open);
      const type = path.replace(/[^A-Za-z0-9_.]/g, '');
      environment.registerType(type, { fields });
      return type;
    }
    default: return 'dyn';
  }
}

function within(environment: Environment, parent: Schema, child: Schema | undefined, path: string, open: Set<Schema>): string {
  open.add(parent);
  const type = declare(environment, child, path, open);
  open.delete(parent);
  return type;
}

export interface TypedExpressions {
  /** What is wrong with an expression for objects of this schema; undefined when nothing is. */
  check(expression: string): string | undefined;
}

/**
 * Checks the expressions of a policy against the kind it matches, as `status.typeChecking` tells it. `params`: schema of the parameter
 * kind. Variables of the policy are not followed: they are `dyn`.
 */
export function typedExpressions(object: Schema, params?: Schema): TypedExpressions {
  const environment = createEnvironment({ request: 'dyn', namespaceObject: 'dyn', variables: 'dyn', authorizer: AUTHORIZER_TYPE });
  const type = declare(environment, object, 'Object', new Set());
  environment.registerVariable('object', type);
  environment.registerVariable('oldObject', type);
  environment.registerVariable('params', params ? declare(environment, params, 'Params', new Set()) : 'dyn');
  return {
    check(expression) {
      try {
        compile(environment, expression);
        return undefined;
      } catch (error) {
        if (!(error instanceof CompilationError)) throw error;
        // Objects may be null, which the library's types do not say.
        return /'_(?:==|!=)_' applied to '\((?:[^)]*, null|null, [^)]*)\)'/.test(error.message) ? undefined : error.message.replace(/^compilation failed: /, '');
      }
    },
  };
}
