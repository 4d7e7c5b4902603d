import type { KindRules, RuleContext } from '../../kind-rules.ts';
import type { KubernetesObject } from '../../object.ts';
import type { FieldError } from '../../status.ts';
import { Findings } from './findings.ts';
import { type NameCheck, subdomainName } from './formats.ts';
import { validateGeneralMetadata, validateMetadata, validateMetadataUpdate } from './metadata.ts';
import { carryOver } from './objects.ts';
import type { TypedRules } from './rules.ts';
import { firstGeneration, nextGeneration, statusOnly } from './strategy.ts';

/** How a kind of a simple pattern differs from the next one. */
export interface SimpleKind<Kind extends object> {
  namespaced: boolean;
  name?: NameCheck;
  /** The kind has no rules of its own for metadata. */
  generalMetadata?: boolean;
  /** The name's check where it depends on the object. */
  nameOf?(object: Kind): NameCheck;
  /** Checks of the whole object, on creation and (unless `onlyCreate`) on update. */
  check?(findings: Findings, object: Kind, old: Kind | undefined, context: RuleContext): void;
  onlyCreate?: boolean;
  /** Checks that compare with the object before. */
  checkUpdate?(findings: Findings, object: Kind, old: Kind, context: RuleContext): void;
  checkStatus?(findings: Findings, object: Kind, old: Kind, context: RuleContext): void;
  /** Starts with this status; with it the kind has a status subresource. */
  status?: () => Record<string, unknown>;
  /** The generation grows when one of these fields differs. None: the kind has no generation. */
  generation?: string[];
  /** It grows also where something empty is given in place of nothing. */
  exactGeneration?: boolean;
  /** Finalizers without a domain need not be known ones. */
  anyFinalizer?: boolean;
  /** PUT must name the resourceVersion it was made from. */
  conditional?: boolean;
  createOnUpdate?: boolean;
  rules?: TypedRules<Kind>;
}

/** Rules of a kind whose strategy is the usual one. */
export function simpleKind<Kind extends object>(kind: SimpleKind<Kind>): KindRules {
  const typed = (object: KubernetesObject): Kind => object as unknown as Kind;
  const checkName = kind.name ?? subdomainName;
  const anyFinalizer = kind.anyFinalizer ?? kind.generalMetadata ?? false;
  return {
    ...(kind.generation ? {} : { noGeneration: true }),
    ...(kind.conditional ? { requireResourceVersionOnUpdate: true } : {}),
    ...(kind.createOnUpdate ? { allowCreateOnUpdate: true } : {}),
    prepareForCreate(object: KubernetesObject): void {
      if (kind.status) object['status'] = kind.status();
      if (kind.generation) firstGeneration(object);
    },
    prepareForUpdate(object: KubernetesObject, old: KubernetesObject): void {
      if (kind.status) carryOver(object, old, 'status');
      if (kind.generation) nextGeneration(object, old, kind.generation, kind.exactGeneration);
    },
    ...(kind.status ? { prepareForStatusUpdate: statusOnly } : {}),
    validate(object: KubernetesObject, context: RuleContext): FieldError[] {
      const findings = new Findings();
      if (!kind.generalMetadata) validateMetadata(findings, object, kind.namespaced, kind.nameOf?.(typed(object)) ?? checkName, !anyFinalizer);
      kind.check?.(findings, typed(object), undefined, context);
      if (kind.generalMetadata) validateGeneralMetadata(findings, object, kind.namespaced);
      return findings.list;
    },
    validateUpdate(object: KubernetesObject, old: KubernetesObject, context: RuleContext): FieldError[] {
      const findings = new Findings();
      validateMetadataUpdate(findings, object, old, !anyFinalizer);
      if (kind.nameOf) findings.invalidEach('metadata.name', object.metadata?.name ?? '', kind.nameOf(typed(object))(object.metadata?.name ?? ''));
      if (!kind.onlyCreate) kind.check?.(findings, typed(object), typed(old), context);
      kind.checkUpdate?.(findings, typed(object), typed(old), context);
      return findings.list;
    },
    validateStatusUpdate(object: KubernetesObject, old: KubernetesObject, context: RuleContext): FieldError[] {
      const findings = new Findings();
      validateMetadataUpdate(findings, object, old, !anyFinalizer);
      kind.checkStatus?.(findings, typed(object), typed(old), context);
      return findings.list;
    },
    ...(kind.rules as KindRules | undefined),
  };
}
