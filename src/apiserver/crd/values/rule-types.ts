import type { Schema } from '../../../api/schema.ts';
import { loadedCel, type Rule } from './rule-programs.ts';
import { escapedName } from './rule-values.ts';

type Environment = ReturnType<ReturnType<typeof loadedCel>['createEnvironment']>;
const environments = new WeakMap<Schema, Environment>();
const METADATA = 'Object.ObjectMeta';

/**
 * What a rule says that its schema does not have: `compilation failed: ... undefined field 'x'`. Undefined when there is nothing.
 * Only names are told; types that do not fit show when the rule runs, as the library knows fewer of them than a schema does.
 */
export function undefinedField(rule: Rule, schema: Schema, isRoot: boolean): string | undefined {
  const { compile, CompilationError } = loadedCel();
  try {
    compile(environmentOf(schema, isRoot), rule.rule);
    return undefined;
  } catch (error) {
    if (!(error instanceof CompilationError)) throw error;
    return error.message.includes('undefined field') ? error.message : undefined;
  }
}

function environmentOf(schema: Schema, isRoot: boolean): Environment {
  let environment = environments.get(schema);
  if (environment) return environment;
  environment = loadedCel().createEnvironment({});
  const type = declare(environment, schema, 'Object', isRoot);
  environment.registerVariable('self', type);
  environment.registerVariable('oldSelf', 'dyn');
  environments.set(schema, environment);
  return environment;
}

/** Declares a schema's objects as types, innermost first, and gives the name of its own. */
function declare(environment: Environment, schema: Schema | undefined, path: string, isObject = schema?.embeddedResource === true): string {
  if (!schema || schema.preserveUnknownFields || schema.nullable) return 'dyn';
  switch (schema.type) {
    case 'boolean': return 'bool';
    case 'integer': return 'int';
    case 'number': return 'double';
    case 'string': return schema.format ? 'dyn' : 'string';
    case 'array': return `list<${declare(environment, schema.items, `${path}.item_`)}>`;
    case 'map': return `map<string, ${declare(environment, schema.values, `${path}.value_`)}>`;
    case 'object': return declareObject(environment, schema, path, isObject);
    default: return 'dyn';
  }
}

function declareObject(environment: Environment, schema: Schema, path: string, isObject: boolean): string {
  if (!schema.fields?.size && !isObject) return 'dyn';
  const fields: Record<string, string> = isObject ? { apiVersion: 'string', kind: 'string', metadata: METADATA } : {};
  if (isObject && path === 'Object') environment.registerType(METADATA, { fields: { name: 'string', generateName: 'string' } });
  else if (isObject) fields['metadata'] = 'dyn';
  for (const [name, field] of schema.fields ?? []) {
    const escaped = escapedName(name);
    if (escaped && !(isObject && escaped in fields)) fields[escaped] = declare(environment, field.schema, `${path}.${escaped}`);
  }
  environment.registerType(path, { fields });
  return path;
}
