import type { KubernetesObject } from './object.ts';
import type { FieldError } from './status.ts';

/** What a rule may know of the request it runs in. */
export interface RuleContext {
  now: number;
  operation: 'create' | 'update';
  /** '' for the object itself, else 'status', 'scale', ... */
  subresource: string;
  /** API group of the request, where it decides: events are asked for in two groups, and one is stricter. Absent inside the server. */
  group?: string;
  namespace: string;
  /** Labels of that namespace, where the caller can read it. */
  namespaceLabels?: () => Record<string, string> | undefined;
  /** The name of whoever asks; '' inside the server. */
  user: string;
  /** All that is known of whoever asks; absent inside the server. */
  asker?: { name: string; uid?: string; groups: string[]; extra?: Record<string, string[]> };
  /** Warns of what only the object as it was sent shows; absent inside the server. */
  warn?: (text: string) => void;
  /** naru's own rules that a flag can turn off. */
  options: { allowDuplicatePorts: boolean };
}

/**
 * What one kind adds to the generic verbs. Every member is optional; all are pure. Objects may be changed in place only
 * where the comment says so. Rules see the object in the version named by `apiVersion` (naru serves one internal form:
 * the newest stable version; other versions differ only where a conversion says so).
 */
export interface KindRules {
  /** Fills in defaults, in place. Runs on decode of every write and on reads of old data. */
  default?(object: KubernetesObject): void;
  /** In place: clears what a creator may not set (status), sets generation-like fields of the kind. */
  prepareForCreate?(object: KubernetesObject, context: RuleContext): void;
  /** In place: carries over what an updater may not change. Not called for status. */
  prepareForUpdate?(object: KubernetesObject, old: KubernetesObject, context: RuleContext): void;
  /** In place, for the status subresource; by default everything but status and managedFields is taken from `old`. */
  prepareForStatusUpdate?(object: KubernetesObject, old: KubernetesObject, context: RuleContext): void;
  validate?(object: KubernetesObject, context: RuleContext): FieldError[];
  validateUpdate?(object: KubernetesObject, old: KubernetesObject, context: RuleContext): FieldError[];
  validateStatusUpdate?(object: KubernetesObject, old: KubernetesObject, context: RuleContext): FieldError[];
  /** Warnings for the `Warning` header. */
  warnings?(object: KubernetesObject, old: KubernetesObject | undefined, context: RuleContext): string[];
  /** Those for a change of the status. */
  statusWarnings?(object: KubernetesObject, old: KubernetesObject): string[];
  /** Fields a field selector may name, besides metadata.name and metadata.namespace, as `apiVersion` (of the request) names them. */
  selectableFields?(object: KubernetesObject, apiVersion?: string): Record<string, string>;
  /** Object with a spec and no rule here: metadata.generation grows when anything but metadata and status changed. */
  noGeneration?: boolean;
  /** A name is made of generateName with nothing behind it. */
  plainGeneratedNames?: boolean;
  /** The kind deletes gracefully (pods): seconds to grant, 0 for at once. */
  graceSeconds?(object: KubernetesObject, requested: number | undefined): number;
  /** What a delete request itself adds to an object that is not being deleted yet: a finalizer, a condition. A new object, or the same. */
  beforeDelete?(object: KubernetesObject, now: number): KubernetesObject;
  /** Creation where the name exists with PUT: `true` for kinds that upstream allows (leases, configmaps: no). */
  allowCreateOnUpdate?: boolean;
  /** PUT without resourceVersion is taken (most kinds: true). */
  requireResourceVersionOnUpdate?: boolean;
}
