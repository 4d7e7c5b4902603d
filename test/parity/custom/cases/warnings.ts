/** Warnings about what is taken all the same: addresses, networks, paths, labels, annotations, names. */
import { type CustomCase, dry, merge, post, quiet } from '../case.ts';

type Json = Record<string, unknown>;
const NAMESPACE = '/api/v1/namespaces/default';
const pod = (spec: Json): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { automountServiceAccountToken: false, containers: [{ name: 'a', image: 'nginx:1' }], ...spec } });
const ODD = ['010.0.0.1', '::ffff:1.2.3.4', '2001:DB8:0:0::1', '2001:db8::0:1', '::1.2.3.4', 'fd00:0:0:0:0:0:0:1'];
const RANGES = ['10.1.2.3/20', '10.01.0.0/16', '::ffff:10.0.0.0/104', '2001:DB8::/32', 'fd00::1/64', '::ffff:10.1.2.3/100', '10.0.0.0/08'];
const items = [{ key: 'a', path: 'one' }, { key: 'b', path: 'one/two/' }, { key: 'c', path: 'onetwo' }, { key: 'd', path: 'one' }];
const OLD = ['beta.kubernetes.io/arch', 'node-role.kubernetes.io/master', 'app.kubernetes.io/created-by'];
const term = { matchExpressions: OLD.map((key) => ({ key, operator: 'In', values: ['a b', 'x'] })) };
const preference = { weight: 1, preference: term };

const PODS: Json[] = [
  { dnsPolicy: 'None', dnsConfig: { nameservers: ODD.slice(0, 3) } },
  { hostAliases: ODD.map((ip) => ({ ip, hostnames: ['h'] })) },
  { volumes: [{ name: 'c', configMap: { name: 'c', items } }, { name: 's', secret: { secretName: 's', items } }, { name: 'd', downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.name' } }, { path: 'a/b', fieldRef: { fieldPath: 'metadata.name' } }] } }] },
  { volumes: [{ name: 'v', projected: { sources: [{}, { secret: { name: 's', items } }, { configMap: { name: 'c', items } }, { serviceAccountToken: { path: 'one' } }, { clusterTrustBundle: { name: 'b', path: 'one/three' } }] } }] },
  { nodeSelector: Object.fromEntries(OLD.map((key) => [key, 'x'])) },
  { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: OLD.map((key) => ({ key, operator: 'Exists' })) }] }, preferredDuringSchedulingIgnoredDuringExecution: [preference] } } },
  { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a' }] } }, terminationGracePeriodSeconds: -1, hostAliases: [{ ip: '01.1.1.1' }] },
  { containers: [{ name: 'a', image: 'nginx:1', resources: { limits: { memory: '1500m', 'ephemeral-storage': '100m' }, requests: { memory: '1500m', 'ephemeral-storage': '100m' } } }] },
  { volumes: [{ name: 'e', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } } } } }] },
];
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } };
const volume = (spec: Json, annotations?: Json): Json => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v', annotations }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/a' }, ...spec } });
const service = (spec: Json): Json => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }], ...spec } });
const workload = (kind: string, spec: Json): Json => ({ apiVersion: 'apps/v1', kind, metadata: { name: 'w' }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'nginx:1' }], terminationGracePeriodSeconds: -1 } }, ...spec } });
const secret = (certificate: string, key: string): Json => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'kubernetes.io/tls', stringData: { 'tls.crt': certificate, 'tls.key': key } });
const BLOCK = (type: string): string => `-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`;
const webhooks = (rules: Json[]): Json[] => [{ name: 'a.b.c', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: 'https://x.example.com' }, rules: rules.map((rule) => ({ apiVersions: ['*'], operations: ['*'], ...rule })) }];
const REGISTRATIONS = '/apis/admissionregistration.k8s.io/v1';
const named = (kind: string, rest: Json): Json => ({ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: 'x.static.k8s.io' }, ...rest });

export const cases: CustomCase[] = [
  { name: 'warnings of pods', steps: PODS.map((spec) => post(dry(`${NAMESPACE}/pods`), pod(spec))) },
  {
    name: 'warnings of volumes', steps: [
      post(dry('/api/v1/persistentvolumes'), volume({ persistentVolumeReclaimPolicy: 'Recycle' }, { 'volume.beta.kubernetes.io/mount-options': 'a' })),
      post(dry('/api/v1/persistentvolumes'), volume({ hostPath: undefined, rbd: { monitors: ['a'], image: 'b' }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: OLD[0], operator: 'Exists' }] }] } } }, { 'volume.beta.kubernetes.io/storage-class': 'a' })),
      post(dry(`${NAMESPACE}/persistentvolumeclaims`), { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } }, spec: { ...claim, resources: { ...claim.resources, limits: { storage: '2500m' } } } }),
      post(dry('/apis/storage.k8s.io/v1/storageclasses'), { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'c' }, provisioner: 'a', allowedTopologies: [{ matchLabelExpressions: [{ key: OLD[0], values: ['a'] }] }] }),
      post(dry('/apis/storage.k8s.io/v1/namespaces/default/csistoragecapacities'), { apiVersion: 'storage.k8s.io/v1', kind: 'CSIStorageCapacity', metadata: { name: 'c' }, storageClassName: 'a', nodeTopology: { matchLabels: { [OLD[0] as string]: 'a' }, matchExpressions: [{ key: OLD[1], operator: 'Exists' }] } }),
      post(dry('/apis/node.k8s.io/v1/runtimeclasses'), { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'c' }, handler: 'a', scheduling: { nodeSelector: { [OLD[0] as string]: 'a' } } }),
    ],
  },
  {
    name: 'warnings of addresses', steps: [
      ...ODD.map((ip) => post(dry(`${NAMESPACE}/services`), service({ externalIPs: [ip], type: 'LoadBalancer', loadBalancerIP: ip }))),
      ...RANGES.map((range) => post(dry(`${NAMESPACE}/services`), service({ type: 'LoadBalancer', loadBalancerSourceRanges: [range] }))),
      post(dry(`${NAMESPACE}/services`), service({ clusterIP: 'None', type: 'ClusterIP', sessionAffinity: 'ClientIP' })),
      post(dry(`${NAMESPACE}/endpoints`), { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'e' }, subsets: [{ addresses: ODD.map((ip) => ({ ip })), notReadyAddresses: [{ ip: '01.1.1.1' }] }] }),
      ...RANGES.map((cidr) => post(dry('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies'), { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'n' }, spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr } }] }], egress: [{ to: [{ ipBlock: { cidr } }] }] } })),
      post(dry('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'), { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'e' }, addressType: 'IPv6', endpoints: [{ addresses: ['FD00::1'] }] }),
      quiet(post(`${NAMESPACE}/services`, service({ type: 'LoadBalancer' }))),
      merge(`${NAMESPACE}/services/s/status`, { status: { loadBalancer: { ingress: [{ ip: 'FD00::1' }, { ip: '01.1.1.1' }] } } }),
      post(dry('/api/v1/nodes'), { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { podCIDR: '10.01.0.0/24', podCIDRs: ['10.01.0.0/24'] } }),
    ],
    cleanup: [`${NAMESPACE}/services/s`],
  },
  {
    name: 'warnings of workloads', steps: [
      post(dry('/apis/apps/v1/namespaces/default/statefulsets'), workload('StatefulSet', { serviceName: 's', revisionHistoryLimit: -1, volumeClaimTemplates: [{ metadata: { name: 'c' }, spec: claim }] })),
      ...['statefulsets', 'daemonsets', 'deployments', 'replicasets'].flatMap((resource, index) => {
        const path = `/apis/apps/v1/namespaces/default/${resource}`;
        const kind = ['StatefulSet', 'DaemonSet', 'Deployment', 'ReplicaSet'][index] as string;
        return [post(path, workload(kind, {})), merge(`${path}/w`, { spec: { minReadySeconds: 3 } }), merge(`${path}/w`, { metadata: { labels: { x: 'y' } } }), merge(`${path}/w`, { spec: { template: { metadata: { annotations: { x: 'y' } } } } })];
      }),
    ],
    cleanup: ['statefulsets', 'daemonsets', 'deployments', 'replicasets'].map((resource) => `/apis/apps/v1/namespaces/default/${resource}/w`),
  },
  {
    name: 'warnings of secrets and accounts', steps: [
      ...[['x', 'x'], [BLOCK('EC PRIVATE KEY'), ''], [BLOCK('CERTIFICATE'), ''], [BLOCK('CERTIFICATE'), BLOCK('CERTIFICATE')], [BLOCK('A') + BLOCK('B'), ''], [BLOCK('CERTIFICATE'), BLOCK('A') + BLOCK('B')], [BLOCK('CERTIFICATE'), BLOCK('RSA PRIVATE KEY')]]
        .map(([certificate = '', key = '']) => post(dry(`${NAMESPACE}/secrets`), secret(certificate, key))),
      post(dry(`${NAMESPACE}/serviceaccounts`), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } } }),
    ],
  },
  {
    name: 'warnings of registrations', steps: [
      ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].flatMap((kind) => [
        post(dry(`${REGISTRATIONS}/${kind.toLowerCase()}s`), named(kind, { webhooks: webhooks([{ apiGroups: [''], resources: ['pods'] }]) })),
        post(dry(`${REGISTRATIONS}/${kind.toLowerCase()}s`), named(kind, { metadata: { name: 'x' }, webhooks: webhooks([{ apiGroups: ['authentication.k8s.io', 'authorization.k8s.io'], resources: ['tokenreviews', 'subjectaccessreviews', 'tokenreviews'] }, { apiGroups: ['*'], resources: ['tokenreviews'] }]) })),
      ]),
      post(dry(`${REGISTRATIONS}/validatingadmissionpolicybindings`), named('ValidatingAdmissionPolicyBinding', { spec: { policyName: 'a', validationActions: ['Deny'] } })),
    ],
  },
];
