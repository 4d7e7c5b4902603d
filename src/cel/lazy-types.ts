import type { Schema } from '../api/schema.ts';
import type { Environment } from './environment.ts';
import { escapedName } from './declarations.ts';
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, STRING, struct, TIMESTAMP, type Type } from './types.ts';

const FORMATS: Record<string, Type> = { byte: BYTES, duration: DURATION, date: TIMESTAMP, 'date-time': TIMESTAMP, 'micro-time': TIMESTAMP };

/**
 * The type of a schema, part by part as expressions ask for it: schemas of kinds may contain themselves. undefined: expressions do
 * not see it.
 */
export function declareLazily(environment: Environment, schema: Schema | undefined, name: string): Type | undefined {
  if (!schema) return undefined;
  if (schema.format === 'int-or-string') return DYN;
  // Upstream's schemas give quantities no single type, which its expressions do not see.
  if (schema.format === 'quantity') return undefined;
  switch (schema.type) {
    case 'boolean': return BOOL;
    case 'integer': return INT;
    case 'number': return DOUBLE;
    case 'string': return FORMATS[schema.format ?? ''] ?? STRING;
    case 'array': {
      const item = declareLazily(environment, schema.items, `${name}.@idx`);
      return item && listOf(item);
    }
    case 'map': {
      const value = declareLazily(environment, schema.values, `${name}.@elem`);
      return value && mapOf(STRING, value);
    }
    case 'object': return declareObject(environment, schema, name);
    // Objects of which nothing is said.
    case 'any': return schema.format === 'fields-v1' || schema.format === 'raw-extension' ? declareObject(environment, schema, name) : undefined;
    default: return undefined;
  }
}

function declareObject(environment: Environment, schema: Schema, name: string): Type {
  const known = new Map<string, Type | undefined>();
  const properties = new Map([...schema.fields?.values() ?? []].map((field) => [escapedName(field.name), field.schema]));
  environment.structs.set(name, {
    field(field) {
      if (!known.has(field)) known.set(field, declareLazily(environment, properties.get(field), `${name}.${field}`));
      return known.get(field);
    },
  });
  return struct(name);
}
