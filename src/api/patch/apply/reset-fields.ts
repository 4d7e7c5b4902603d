/** What an endpoint ignores of an object that is written to it: nobody comes to own that. */
import type { ResourceInfo } from '../../schema.ts';
import type { FieldSet } from './field-set.ts';

const STATUS: FieldSet = { 'f:status': {} };
const SPEC: FieldSet = { 'f:spec': {} };
const SPEC_AND_METADATA: FieldSet = { 'f:spec': {}, 'f:metadata': {} };

/** Built-in kinds whose status endpoint leaves all metadata alone; others let it change. */
const METADATA_KEPT = new Set([
  'apiservices', 'compositepodgroups', 'csinodes', 'devicetaintrules', 'evictionrequests', 'flowschemas', 'podcertificaterequests',
  'podgroups', 'prioritylevelconfigurations', 'resourceclaims', 'resourcepoolstatusrequests', 'servicecidrs', 'storageversionmigrations', 'storageversions',
  'validatingadmissionpolicies', 'volumeattachments',
]);
const OWN: Record<string, FieldSet> = {
  'apps/deployments/status': { 'f:spec': {}, 'f:metadata': { 'f:labels': {} } },
  '/pods/status': { 'f:spec': {}, 'f:metadata': { 'f:deletionTimestamp': {}, 'f:ownerReferences': {} } },
  '/namespaces/finalize': STATUS,
  'certificates.k8s.io/certificatesigningrequests/': { 'f:spec': {}, 'f:status': {} },
  'certificates.k8s.io/certificatesigningrequests/status': { 'f:spec': {}, 'f:status': { 'f:conditions': {} } },
  'certificates.k8s.io/certificatesigningrequests/approval': { 'f:spec': {}, 'f:status': { 'f:certificate': {} } },
};

/** For `ApplyContext.resetFields`. */
export function resetFields(info: ResourceInfo, subresource: string): FieldSet | undefined {
  const own = info.builtIn ? OWN[`${info.group}/${info.resource}/${subresource}`] : undefined;
  if (own) return own;
  if (!info.subresources.has('status')) return undefined;
  if (subresource === '') return STATUS;
  if (subresource !== 'status') return undefined;
  return info.builtIn && !METADATA_KEPT.has(info.resource) ? SPEC : SPEC_AND_METADATA;
}
