import type { KindRules } from '../../api/kind-rules.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { badRequest } from '../../api/status.ts';
import { SelectorError, parseFieldSelector, parseLabelSelector, type FieldTerm, type LabelSelector } from '../../api/selectors.ts';
import type { HubFilter, HubScope } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { groupVersion } from '../registry/versions.ts';
import { rulesOf } from '../verbs/prepare.ts';
import type { Call } from './call.ts';
import type { ListParameters } from './options.ts';

export interface Selection {
  scope: HubScope;
  filter: HubFilter | undefined;
  /** Asked of an object in the version of the request, where only that one has the selected fields. */
  afterConversion?: HubFilter;
  /** Of pods, the node that one `spec.nodeName=` requirement names: the hub has an index for it. */
  indexValue?: string;
}

/** Turns a request's namespace, name and selectors into what a hub understands. Throws StatusError 400 for bad selectors. */
export function selection(context: ServerContext, call: Call, parameters: ListParameters): Selection {
  const { resource: info, info: { namespace, name } } = call;
  let requirements = fieldRequirements(context, call, parameters.fieldSelector);
  let scope: HubScope = namespace && info.namespaced ? { namespace } : {};
  const exact = requirements.find((requirement) => requirement.field === 'metadata.name' && requirement.operator === '=')?.value ?? (name || undefined);
  if (exact !== undefined && (scope.namespace !== undefined || !info.namespaced)) {
    scope = { ...scope, name: exact };
    requirements = requirements.filter((requirement) => requirement.field !== 'metadata.name' || requirement.value !== exact || requirement.operator !== '=');
  }
  const converted = (info as { convertsByWebhook?: boolean }).convertsByWebhook ? requirements.filter(({ field }) => !field.startsWith('metadata.')) : [];
  if (converted.length) requirements = requirements.filter((requirement) => !converted.includes(requirement));
  const filter = filterOf(context, call, requirements, parameters.labelSelector);
  const afterConversion = converted.length ? filterOf(context, call, converted, '') : undefined;
  const nodeName = info.resource === 'pods' && info.group === '' ? requirements.find((requirement) => requirement.field === 'spec.nodeName' && requirement.operator === '=')?.value : undefined;
  return { scope, filter, ...(afterConversion ? { afterConversion } : {}), ...(nodeName ? { indexValue: nodeName } : {}) };
}

const SLICES = 'resourceslices';
/** Kinds that know no field for the namespace. */
const WITHOUT_NAMESPACE = new Set([SLICES, 'namespaces', 'nodes', 'certificatesigningrequests', 'podcertificaterequests', 'clustertrustbundles']);

/** Kinds with fields of their own that upstream refuses others of as if there were none. */
const PLAIN_REFUSALS = new Set(['persistentvolumeclaims', 'persistentvolumes', 'replicasets', 'ipaddresses']);

function fieldRequirements(context: ServerContext, call: Call, text: string): readonly FieldTerm[] {
  if (!text) return [];
  const requirements = parsed(() => parseFieldSelector(text).terms);
  const known = supportedFields(context, call);
  for (const { field } of requirements) {
    if (known.includes(field)) continue;
    const { resource, kind } = call.resource;
    if (resource === 'jobs') throw badRequest(`field label ${JSON.stringify(field)} not supported for ${kind}`);
    if (resource === SLICES) throw badRequest(`field label not supported for ${versionOf(call)}, Kind=${kind}: ${field}`);
    if ((known.length > 2 || WITHOUT_NAMESPACE.has(resource)) && !PLAIN_REFUSALS.has(resource)) throw badRequest(`field label not supported: ${field}`);
    throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
  }
  return requirements;
}

/** Throws StatusError 400 for a bad one. */
export function labelSelectorOf(text: string): LabelSelector {
  return parsed(() => parseLabelSelector(text));
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof SelectorError ? badRequest(error.message) : error;
  }
}

/** Custom resources have selectable fields by version. */
function selectableOf(context: ServerContext, call: Call): KindRules['selectableFields'] {
  return (call.resource as Pick<KindRules, 'selectableFields'>).selectableFields ?? rulesOf(context, call.resource)?.selectableFields;
}

/** What the objects of a request are in, which need not be what they are stored in. */
function versionOf({ resource: { group, version } }: Call): string {
  return group ? `${group}/${version}` : version;
}

function supportedFields(context: ServerContext, call: Call): string[] {
  const own = selectableOf(context, call)?.({ metadata: {} }, versionOf(call));
  return ['metadata.name', ...WITHOUT_NAMESPACE.has(call.resource.resource) ? [] : ['metadata.namespace'], ...Object.keys(own ?? {})];
}

function filterOf(context: ServerContext, call: Call, fields: readonly FieldTerm[], labelSelector: string): HubFilter | undefined {
  const labels = labelSelector ? labelSelectorOf(labelSelector) : undefined;
  if (!labels && fields.length === 0) return undefined;
  const selectable = selectableOf(context, call), version = versionOf(call);
  const valueOf = (object: KubernetesObject, field: string): string => {
    if (field === 'metadata.name') return object.metadata?.name ?? '';
    if (field === 'metadata.namespace') return object.metadata?.namespace ?? '';
    return selectable?.(object, version)[field] ?? '';
  };
  return (object) => (!labels || labels.matches(object.metadata?.labels ?? {}))
    && fields.every(({ field, value, operator }) => (valueOf(object, field) === value) === (operator === '='));
}
