import type { KindRules, RuleContext } from '../../kind-rules.ts';
import type { KubernetesObject } from '../../object.ts';
import type { FieldError } from '../../status.ts';

/** Rules written for one kind's own type. */
export interface TypedRules<Kind extends object> {
  default?(object: Kind): void;
  prepareForCreate?(object: Kind, context: RuleContext): void;
  prepareForUpdate?(object: Kind, old: Kind, context: RuleContext): void;
  prepareForStatusUpdate?(object: Kind, old: Kind, context: RuleContext): void;
  validate?(object: Kind, context: RuleContext): FieldError[];
  validateUpdate?(object: Kind, old: Kind, context: RuleContext): FieldError[];
  validateStatusUpdate?(object: Kind, old: Kind, context: RuleContext): FieldError[];
  warnings?(object: Kind, old: Kind | undefined, context: RuleContext): string[];
  statusWarnings?(object: Kind, old: Kind): string[];
  selectableFields?(object: Kind): Record<string, string>;
  noGeneration?: boolean;
  plainGeneratedNames?: boolean;
  graceSeconds?(object: Kind, requested: number | undefined): number;
  allowCreateOnUpdate?: boolean;
  requireResourceVersionOnUpdate?: boolean;
}

/** Kinds are told apart before their rules are called, so a rule may trust its type. */
export function rulesOf<Kind extends object>(rules: TypedRules<Kind>): KindRules {
  return rules as unknown as KindRules;
}

export function asObject(object: object): KubernetesObject {
  return object as KubernetesObject;
}
