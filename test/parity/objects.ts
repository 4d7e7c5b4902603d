/** A valid object of every built-in kind. */
import type { KubernetesObject } from '../../src/api/object.ts';
import { loadResourceTables, type ResourceTable } from '../../src/api/schema-tables.ts';
import { bases } from '../../src/api/kinds/testdata/bases.ts';

type Json = Record<string, unknown>;
const meta = { name: 'parity' };
const selector = { matchLabels: { app: 'x' } };
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'nginx:1' }] } };
const REQUEST = 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIS01ITUNBUUF3RVRFUE1BMEdBMVVFQXd3R2NHRnlhWFI1TUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowRApBUWNEUWdBRVJkeHk2clNIME9NNjhjZkNFak4yZFZDcVczeFpXUmQ3WFdQbG05OHg5SEpZcTRJU2picTZzdTVvCno4MnUvWTRRSUlOZHVvTDNOR2xMZTZzTnVjSDFPcUFBTUFvR0NDcUdTTTQ5QkFNQ0EwY0FNRVFDSUJHR2FOZmoKcjNDeXVpQVBiSENmSFVyRVhHL3J3M0oxM013SkNJR2htQmM2QWlBZnNPdnJXTVZIanE0NGNpbm9CZ1ZITm41WgpvQTV3M0k1aVdGR0dHMUZTeXc9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K';
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUTz82YA5kbiIeXVl+XpE4fvr7n+YwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJcGFyaXR5LWNhMCAXDTI2MTEyMjIxMjU1OVoYDzIxMjYxMDI5
MjEyNTU5WjAUMRIwEAYDVQQDDAlwYXJpdHktY2EwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARF3HLqtIfQ4zrxx8ISM3Z1UKpbfFlZF3tdY+Wb3zH0clirghKNurqy
7mjPza79jhAgg126gvc0aUt7qw25wfU6o1MwUTAdBgNVHQ4EFgQUTmQ8srEtaZOW
rX+SwjUi1D7s97YwHwYDVR0jBBgwFoAUTmQ8srEtaZOWrX+SwjUi1D7s97YwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA7QYtk29Va8UHfVu9hdaDS
A7RAuZsP+wqUhpDVAflIeAIhAPV1KZtKcanjAmIrx4thZklBwgJZoe7BhvIo5Jtc
vzVL
-----END CERTIFICATE-----
`;
const rule = { operations: ['CREATE'], apiGroups: ['x.example.com'], apiVersions: ['v1'], resources: ['foos'] };
const webhooks = [{ name: 'a.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { url: 'https://x.example.com/y' }, rules: [rule] }];
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const claim = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c.example.com' } }] } };
const admission = 'admissionregistration.k8s.io/v1', resource = 'resource.k8s.io/v1', storage = 'storage.k8s.io/v1', authorization = 'authorization.k8s.io/v1';
const attributes = { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } };

/** Those that the cases of `src/api/kinds/testdata` have no use for. */
const FURTHER: Json[] = [
  { apiVersion: 'v1', kind: 'PodTemplate', metadata: meta, template },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta },
  { apiVersion: 'v1', kind: 'Binding', metadata: meta, target: { kind: 'Node', name: 'n' } },
  { apiVersion: 'v1', kind: 'ReplicationController', metadata: meta, spec: { selector: { app: 'x' }, template } },
  { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.parity.example.com' }, spec: { group: 'parity.example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, insecureSkipTLSVerify: true, service: { name: 's', namespace: 'default' } } },
  { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: meta, revision: 1, data: { a: 'b' } },
  { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: meta, eventTime: '2020-01-01T00:00:00.000000Z', reportingController: 'example.com/c', reportingInstance: 'i', action: 'A', reason: 'R', type: 'Normal', note: 'n', regarding: { kind: 'Pod', name: 'x' } },
  { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} },
  { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token: 'x' } },
  { apiVersion: authorization, kind: 'LocalSubjectAccessReview', metadata: {}, spec: { user: 'u', ...attributes } },
  { apiVersion: authorization, kind: 'SelfSubjectAccessReview', metadata: {}, spec: attributes },
  { apiVersion: authorization, kind: 'SelfSubjectRulesReview', metadata: {}, spec: { namespace: 'default' } },
  { apiVersion: authorization, kind: 'SubjectAccessReview', metadata: {}, spec: { user: 'u', ...attributes } },
  { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: meta, spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } } },
  { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: meta, spec: { request: REQUEST, signerName: 'example.com/s', usages: ['digital signature'] } },
  { apiVersion: 'certificates.k8s.io/v1', kind: 'ClusterTrustBundle', metadata: meta, spec: { trustBundle: AUTHORITY } },
  { apiVersion: 'certificates.k8s.io/v1', kind: 'PodCertificateRequest', metadata: meta, spec: { signerName: 'example.com/s', podName: 'p', podUID: 'u', serviceAccountName: 's', serviceAccountUID: 'u', nodeName: 'n', nodeUID: 'u', maxExpirationSeconds: 86400, stubPKCS10Request: Buffer.from(REQUEST, 'base64').toString().replace(/-----[^-]+-----|\n/g, '') } },
  { apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', metadata: { name: '10.96.7.7' }, spec: { parentRef: { resource: 'services', name: 's', namespace: 'default' } } },
  { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: meta, spec: { cidrs: ['192.168.0.0/24'] } },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: meta, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: meta, roleRef, subjects: [{ kind: 'ServiceAccount', name: 's', namespace: 'default' }] },
  { apiVersion: storage, kind: 'CSIStorageCapacity', metadata: meta, storageClassName: 's', capacity: '1Gi' },
  { apiVersion: storage, kind: 'VolumeAttachment', metadata: meta, spec: { attacher: 'a.example.com', nodeName: 'n', source: { persistentVolumeName: 'p' } } },
  { apiVersion: storage, kind: 'VolumeAttributesClass', metadata: meta, driverName: 'a.example.com', parameters: { a: 'b' } },
  { apiVersion: admission, kind: 'MutatingWebhookConfiguration', metadata: meta, webhooks },
  { apiVersion: admission, kind: 'ValidatingAdmissionPolicy', metadata: meta, spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "object.metadata.name != 'x'" }] } },
  { apiVersion: admission, kind: 'ValidatingAdmissionPolicyBinding', metadata: meta, spec: { policyName: 'p', validationActions: ['Audit'] } },
  { apiVersion: admission, kind: 'MutatingAdmissionPolicy', metadata: meta, spec: { reinvocationPolicy: 'Never', matchConstraints: { resourceRules: [rule] }, mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }] } },
  { apiVersion: admission, kind: 'MutatingAdmissionPolicyBinding', metadata: meta, spec: { policyName: 'p' } },
  { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'parities.corpus.example.com' }, spec: { group: 'corpus.example.com', scope: 'Namespaced', names: { plural: 'parities', kind: 'Parity' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } } } } }] } },
  { apiVersion: resource, kind: 'DeviceClass', metadata: meta, spec: { selectors: [{ cel: { expression: "device.driver == 'd.example.com'" } }] } },
  { apiVersion: resource, kind: 'DeviceTaintRule', metadata: meta, spec: { deviceSelector: { driver: 'd.example.com' }, taint: { key: 'example.com/t', value: 'v', effect: 'NoSchedule' } } },
  { apiVersion: resource, kind: 'ResourceClaim', metadata: meta, spec: claim },
  { apiVersion: resource, kind: 'ResourceClaimTemplate', metadata: meta, spec: { spec: claim } },
  { apiVersion: resource, kind: 'ResourceSlice', metadata: meta, spec: { driver: 'd.example.com', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'd' }] } },
  { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'PriorityLevelConfiguration', metadata: meta, spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } } },
  { apiVersion: 'storagemigration.k8s.io/v1', kind: 'StorageVersionMigration', metadata: meta, spec: { resource: { group: 'apps', resource: 'deployments' } } },
];

const byKind = new Map<string, KubernetesObject>();
for (const object of [...Object.values(bases).map((make) => make()), ...FURTHER] as KubernetesObject[]) byKind.set(`${object.apiVersion} ${object.kind}`, object);

/** The resources that are compared: those upstream serves by default. */
export function resources(): ResourceTable[] {
  return loadResourceTables().filter(({ enabled, verbs }) => enabled && verbs.includes('create'));
}

export const apiVersionOf = ({ group, version }: { group: string; version: string }): string => (group ? `${group}/${version}` : version);

/** A fresh copy under a name. Kinds whose names mean something keep theirs. */
export function validObject(resource: ResourceTable, namespace: string, name?: string): KubernetesObject {
  const found = byKind.get(`${apiVersionOf(resource)} ${resource.kind}`);
  if (!found) throw new Error(`no valid object of ${apiVersionOf(resource)} ${resource.kind}`);
  const object = structuredClone(found);
  const metadata = { ...object.metadata, labels: { parity: 'yes' } } as Json;
  if (name && metadata['name'] === 'parity') metadata['name'] = name;
  if (resource.namespaced) metadata['namespace'] = namespace;
  else delete metadata['namespace'];
  const copy = { ...object, metadata } as KubernetesObject & { involvedObject?: Json; regarding?: Json };
  for (const reference of [copy.involvedObject, copy.regarding]) if (reference) reference['namespace'] = namespace;
  return copy;
}

/** Every resource has a namespace of its own. */
export const namespaceOf = ({ group, version, resource }: ResourceTable): string => `p-${resource}-${group.split('.')[0] || 'core'}-${version}`;

export function collectionPath(resource: ResourceTable, namespace?: string): string {
  const root = resource.group ? `/apis/${apiVersionOf(resource)}` : `/api/${resource.version}`;
  return `${root}${resource.namespaced && namespace ? `/namespaces/${namespace}` : ''}/${resource.resource}`;
}
