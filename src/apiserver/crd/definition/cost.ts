import { additionalOf, type JSONSchemaProps } from '../types.ts';

/** What one expression may cost by estimate, and all of a schema together. */
export const EXPRESSION_LIMIT = 10_000_000;
export const SCHEMA_LIMIT = 100_000_000;
const MOST_EXPENSIVE = 4;
const WORTH_NAMING = SCHEMA_LIMIT / 100;
const FAR_TOO_MUCH = 100;

/** The costs of all rules of a schema. */
export class TotalCost {
  sum = 0;
  private expensive: { path: string; cost: number }[] = [];

  add(path: string, cost: number): void {
    this.sum += cost;
    if (cost < WORTH_NAMING) return;
    this.expensive.push({ path, cost });
    this.expensive = this.expensive.sort((one, other) => other.cost - one.cost).slice(0, MOST_EXPENSIVE);
  }

  /** Places of the rules that cost most. */
  get mostExpensive(): string[] {
    return this.expensive.map(({ path }) => path);
  }
}

export function costMessage(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > FAR_TOO_MUCH ? 'more than 100' : factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1);
  return `${what} exceeds budget by factor of ${shown}x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

/** How often what is inside a node can stand in it; undefined: without limit. */
export function mostInside(schema: JSONSchemaProps): number | undefined {
  if (schema.type === 'array') return schema.maxItems === undefined ? undefined : Math.max(schema.maxItems, 0);
  if (schema.type !== 'object' || additionalOf(schema) === undefined) return 1;
  return schema.maxProperties === undefined ? undefined : Math.max(schema.maxProperties, 0);
}
